module github.com/drivercat/drivercat

go 1.26
