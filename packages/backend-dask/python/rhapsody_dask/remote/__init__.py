"""What runs on a cluster's scheduler and workers. It goes there as text: only the standard library, ``distributed`` and ``rhapsody_bridge`` are imported."""
