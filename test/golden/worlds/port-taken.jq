published(8080; 80) | change("host"; .sockets = [{proto: 6, state: 10, port: 8080, ip: "0.0.0.0", pid: 1}])
