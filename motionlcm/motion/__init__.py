"""What a motion is: rotations, skeletons, features.

Works on numpy arrays and torch tensors alike; imports no torch.
"""
