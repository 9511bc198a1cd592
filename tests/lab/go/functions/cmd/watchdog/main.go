// Command watchdog serves a function in the way of OpenFaaS's classic watchdog: one process a request. The program that
// the variable fprocess names gets the request's body on its standard input and the request's headers as Http_...
// variables, and what it writes is the reply.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	command := strings.Fields(os.Getenv("fprocess"))
	if len(command) == 0 {
		log.Fatal("set the variable fprocess to the program to run")
	}
	limit, err := limit()
	if err != nil {
		log.Fatal(err)
	}
	// The file is the sign of life that a probe which runs a command looks for.
	lock := filepath.Join(os.TempDir(), ".lock")
	if err := os.WriteFile(lock, nil, 0o660); err != nil {
		log.Printf("no lock file, so only /_/health tells that the function is ready: %v", err)
	}
	routes := http.NewServeMux()
	routes.HandleFunc("/_/health", func(reply http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(reply, "OK")
	})
	routes.HandleFunc("/", func(reply http.ResponseWriter, request *http.Request) {
		serve(reply, request, command, limit)
	})
	server := &http.Server{Addr: ":8080", Handler: routes}
	stopped := make(chan struct{})
	go func() {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
		<-stop
		os.Remove(lock)
		_ = server.Shutdown(context.Background())
		close(stopped)
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	<-stopped
}

// limit is the time that a request may take: the variable exec_timeout, or none.
func limit() (time.Duration, error) {
	text := os.Getenv("exec_timeout")
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(text)
}

func serve(reply http.ResponseWriter, request *http.Request, command []string, limit time.Duration) {
	ctx := request.Context()
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		http.Error(reply, err.Error(), http.StatusBadRequest)
		return
	}
	var output bytes.Buffer
	process := exec.CommandContext(ctx, command[0], command[1:]...)
	process.Env = append(os.Environ(), variables(request)...)
	process.Stdin = bytes.NewReader(body)
	process.Stdout = &output
	process.Stderr = os.Stderr
	started := time.Now()
	err = process.Run()
	seconds := time.Since(started).Seconds()
	log.Printf("%s %s: %.4f seconds, %d bytes, error: %v", request.Method, request.URL.Path, seconds, output.Len(), err)
	reply.Header().Set("X-Duration-Seconds", fmt.Sprintf("%f", seconds))
	switch {
	case ctx.Err() != nil:
		http.Error(reply, fmt.Sprintf("%s did not end in %s", command[0], limit), http.StatusRequestTimeout)
	case err != nil:
		reply.WriteHeader(http.StatusInternalServerError)
		_, _ = reply.Write(append(output.Bytes(), []byte(err.Error()+"\n")...))
	default:
		if kind := os.Getenv("content_type"); kind != "" {
			reply.Header().Set("Content-Type", kind)
		} else if kind := request.Header.Get("Content-Type"); kind != "" {
			reply.Header().Set("Content-Type", kind)
		}
		_, _ = reply.Write(output.Bytes())
	}
}

// variables are the request's headers and parts as the function's environment.
func variables(request *http.Request) []string {
	var set []string
	for name, values := range request.Header {
		set = append(set, fmt.Sprintf("Http_%s=%s", strings.ReplaceAll(name, "-", "_"), values[0]))
	}
	set = append(set,
		"Http_Method="+request.Method,
		fmt.Sprintf("Http_ContentLength=%d", request.ContentLength),
		"Http_Path="+request.URL.Path,
		"Http_Host="+request.Host,
	)
	if request.URL.RawQuery != "" {
		set = append(set, "Http_Query="+request.URL.RawQuery)
	}
	return set
}
