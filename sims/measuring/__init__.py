"""A unit in, a result out: samples are drawn, trained on and judged, when there is memory for it."""
