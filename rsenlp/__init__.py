"""rsenlp: where comments on enterprise social networks stand, and which causes of failure they cite or reject."""

__version__ = "0.1.0"
