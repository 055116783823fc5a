"""What runs on a cluster's scheduler and workers.

It goes there as text: it imports the standard library, ``distributed`` and ``rhapsody_bridge``, and nothing else.
"""
