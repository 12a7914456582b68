def make_env(lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll=1):
    return None
