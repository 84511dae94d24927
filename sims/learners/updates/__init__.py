"""Updates: how descent makes a step of its gradients. A new update is one file in this folder."""
