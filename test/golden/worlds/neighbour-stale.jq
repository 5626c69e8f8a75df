change("net2"; .neighs = [{link: 2, ip: "10.10.0.1", mac: "02:00:00:00:00:99", state: 128}])
