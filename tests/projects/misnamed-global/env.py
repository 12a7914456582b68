def make_env(difficulty="easy"):
    return difficulty
