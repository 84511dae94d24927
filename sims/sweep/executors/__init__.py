"""Where the cells of a sweep are computed: in this process, in local processes, or by Slurm."""
