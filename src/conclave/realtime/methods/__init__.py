"""The methods, one module per concern: each is a thin step from a request to a domain function.

A method holds no rule about rooms. One that changes something answers in its commit (``Call.write``), and changes the
hub's books there too.
"""
