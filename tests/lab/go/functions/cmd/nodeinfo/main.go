// Command nodeinfo answers with what it knows of the machine it runs on, as OpenFaaS's function of that name does.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

func main() {
	host, err := os.Hostname()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	seconds, err := uptime()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("Hostname: %s\n\n", host)
	fmt.Printf("Arch: %s\nCPUs: %d\nTotal mem: %s\nPlatform: %s\nUptime: %d\n",
		runtime.GOARCH, runtime.NumCPU(), memory(), runtime.GOOS, seconds)
}

// uptime gives the seconds since the machine started.
func uptime() (int, error) {
	text, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), " ")
	seconds, err := strconv.ParseFloat(first, 64)
	return int(seconds), err
}

// memory gives the machine's memory in whole MB, or "unknown".
func memory() string {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return "unknown"
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return "unknown"
	}
	kilobytes, err := strconv.Atoi(fields[1])
	if err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%dMB", kilobytes/1024)
}
