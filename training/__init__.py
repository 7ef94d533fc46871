"""The inside of `train.py`: evaluation and behaviour, rewards, rollouts, the self-play trainer."""
