//go:build race

package main

// raced tells that the race detector is built in.
const raced = true
