change("host"; .conntrack_count = .conntrack_max)
