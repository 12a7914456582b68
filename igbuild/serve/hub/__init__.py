"""The hub: waiting room, matchmaking, signalling and, where nothing else works, the relay of inputs."""
