def make_env(worker):
    return None
