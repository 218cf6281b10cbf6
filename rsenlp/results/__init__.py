"""Results of a classification, kept as Parquet and asked through DuckDB: what the terminal and the app show."""
