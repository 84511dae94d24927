"""What cells cost before they are computed: evaluations, operations, memory and time."""
