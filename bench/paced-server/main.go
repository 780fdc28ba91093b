// A paced server of the OpenAI completions API, whose truth is known: the first token comes -ttft after the request's
// body has been read, then one token every -itl. GET /stats tells what was really kept, and how many tokens were ever
// written; POST /stats starts the kept times afresh. Chat is answered too, for clients that know nothing else. One goroutine an answer; events are formatted before they are due, so that the clock decides and not the formatting.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type question struct {
	MaxTokens      int  `json:"max_tokens"`
	MaxCompletion  int  `json:"max_completion_tokens"`
	ReturnTokenIDs bool `json:"return_token_ids"`
	StreamOptions  struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

type server struct {
	ttft, itl      time.Duration
	tokens, open   atomic.Int64
	lock           sync.Mutex
	answers        int
	ttftNs, tpotNs []int64
}

func (s *server) complete(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	read := time.Now()
	var q question
	parsed := err == nil && json.Unmarshal(body, &q) == nil
	q.MaxTokens = max(q.MaxTokens, q.MaxCompletion)
	if !parsed || q.MaxTokens < 1 {
		http.Error(w, `{"error":{"message":"max_tokens is needed","code":400}}`, http.StatusBadRequest)
		return
	}
	s.lock.Lock()
	s.answers++
	number := s.answers
	s.lock.Unlock()
	s.open.Add(1)
	defer s.open.Add(-1)

	w.Header().Set("content-type", "text/event-stream; charset=utf-8")
	flusher := w.(http.Flusher)
	object, open, shut := "text_completion", `"text":" word`, `"`
	if strings.Contains(r.URL.Path, "chat") {
		object, open, shut = "chat.completion.chunk", `"delta":{"content":" word`, `"}`
	}
	start := fmt.Sprintf(`data: {"id":"cmpl-%016x","object":"%s","created":1764000000,"model":"paced","choices":[`, number, object)
	head := start + `{"index":0,` + open
	shut += `,"logprobs":null,"finish_reason":`
	var firstNs int64
	event := make([]byte, 0, 512)
	for k := 0; k < q.MaxTokens; k++ {
		event = append(event[:0], head...)
		event = strconv.AppendInt(event, int64(k), 10)
		event = append(event, shut...)
		if k == q.MaxTokens-1 {
			event = append(event, `"length"`...)
		} else {
			event = append(event, "null"...)
		}
		event = append(event, `,"stop_reason":null,"token_ids":`...)
		if q.ReturnTokenIDs {
			event = append(event, '[')
			event = strconv.AppendInt(event, int64(100+(number+k)%1000), 10)
			event = append(event, ']')
		} else {
			event = append(event, "null"...)
		}
		event = append(event, "}],\"usage\":null}\n\n"...)
		time.Sleep(time.Until(read.Add(s.ttft + time.Duration(k)*s.itl)))
		if _, err := w.Write(event); err != nil {
			return
		}
		flusher.Flush()
		s.tokens.Add(1)
		if k == 0 {
			firstNs = time.Since(read).Nanoseconds()
		}
	}
	s.keep(firstNs, time.Since(read).Nanoseconds(), q.MaxTokens)
	if q.StreamOptions.IncludeUsage {
		fmt.Fprintf(w, "%s],\"usage\":{\"prompt_tokens\":10,\"total_tokens\":%d,\"completion_tokens\":%d}}\n\n", start, 10+q.MaxTokens, q.MaxTokens)
	}
	io.WriteString(w, "data: [DONE]\n\n")
}

func (s *server) keep(firstNs, lastNs int64, tokens int) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.ttftNs = append(s.ttftNs, firstNs)
	if tokens > 1 {
		s.tpotNs = append(s.tpotNs, (lastNs-firstNs)/int64(tokens-1))
	}
}

func (s *server) stats(w http.ResponseWriter, r *http.Request) {
	s.lock.Lock()
	ttft, tpot := append([]int64(nil), s.ttftNs...), append([]int64(nil), s.tpotNs...)
	if r.Method == http.MethodPost {
		s.ttftNs, s.tpotNs = nil, nil
	}
	s.lock.Unlock()
	fmt.Fprintf(w, `{"answers":%d,"open":%d,"tokens":%d,"ttftNs":%s,"tpotNs":%s}`,
		len(ttft), s.open.Load(), s.tokens.Load(), percentiles(ttft), percentiles(tpot))
}

func percentiles(kept []int64) string {
	if len(kept) == 0 {
		return "null"
	}
	sort.Slice(kept, func(i, j int) bool { return kept[i] < kept[j] })
	at := func(share float64) int64 { return kept[int(share*float64(len(kept)-1))] }
	return fmt.Sprintf(`{"p50":%d,"p99":%d}`, at(0.5), at(0.99))
}

func main() {
	ttft := flag.Duration("ttft", 20*time.Millisecond, "time to first token")
	itl := flag.Duration("itl", 10*time.Millisecond, "time between tokens")
	flag.Parse()
	s := &server{ttft: *ttft, itl: *itl}
	http.HandleFunc("/v1/completions", s.complete)
	http.HandleFunc("/v1/chat/completions", s.complete)
	http.HandleFunc("/v1/models", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"object":"list","data":[{"id":"paced","object":"model","owned_by":"flexbench","max_model_len":32768}]}`)
	})
	http.HandleFunc("/stats", s.stats)
	http.HandleFunc("/health", func(http.ResponseWriter, *http.Request) {})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	// Whoever started it holds its input open: it must not outlive them.
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println("http://" + listener.Addr().String())
	log.Fatal(http.Serve(listener, nil))
}
