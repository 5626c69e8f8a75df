published(8080; 80) | change("net1"; .sockets[0].ip = "127.0.0.1")
