change_link("host"; "br0"; .vlan_filtering = true | .vlans = [{first: 1, last: 1, pvid: true, untagged: true}])
| change_link("host"; "veth1-br"; .vlans = [{first: 1, last: 1, pvid: true, untagged: true}])
| change_link("host"; "veth2-br"; .vlans = [{first: 20, last: 20, pvid: true, untagged: true}])
