// Package workload is the table of what is measured: for each operation its load,
// its goal and the raw limit that bounds it. A workload is a row of Table in
// table.go and a function that prepares its requests, in the file of its kind.
//
// Workloads write: people are created with names that no other run uses, groups
// are filled, and what is written stays. Nothing is deleted. They know the server
// only through bench/target.
package workload
