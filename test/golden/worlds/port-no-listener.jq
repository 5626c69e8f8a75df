published(8080; 80) | change("net1"; .sockets = [])
