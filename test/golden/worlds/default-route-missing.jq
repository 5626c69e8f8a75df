change("net2"; no_default)
