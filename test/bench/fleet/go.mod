module container-gateway/fleet

go 1.22
