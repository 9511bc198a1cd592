module faas.mesh/lab/functions

go 1.26
