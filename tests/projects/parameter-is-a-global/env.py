def make_env(group="a"):
    return None
