"""One module per service name: requests, replies and commands, each a thin step from the wire to a domain function.

A handler maps wire names to the domain's and back. It holds no rule, and is the whole of a command: what it takes,
answers and refuses stands in its declaration.
"""
