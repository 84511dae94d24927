"""What experiments measure: tasks, models, learners, the search for n*, sweeps, the store and the fits."""
