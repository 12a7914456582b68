def make_env():
    return None
