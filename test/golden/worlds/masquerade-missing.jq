change("host"; .tables = [])
