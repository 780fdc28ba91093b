// A paced server of the OpenAI completions API, whose truth is known: the first token comes -ttft after the request's
// body has been read, then one token every -itl. GET /stats tells what was really kept, POST /stats starts afresh.
// One goroutine an answer; events are formatted before they are due, so that the clock decides and not the formatting.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sort"
	"strconv"
	"sync"
	"time"
)

type question struct {
	MaxTokens      int  `json:"max_tokens"`
	ReturnTokenIDs bool `json:"return_token_ids"`
	StreamOptions  struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

type server struct {
	ttft, itl time.Duration
	lock      sync.Mutex
	answers   int
	keptNs    []int64
}

func (s *server) complete(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	read := time.Now()
	var q question
	if err != nil || json.Unmarshal(body, &q) != nil || q.MaxTokens < 1 {
		http.Error(w, `{"error":{"message":"max_tokens is needed","code":400}}`, http.StatusBadRequest)
		return
	}
	s.lock.Lock()
	s.answers++
	number := s.answers
	s.lock.Unlock()

	w.Header().Set("content-type", "text/event-stream; charset=utf-8")
	flusher := w.(http.Flusher)
	head := fmt.Sprintf(`data: {"id":"cmpl-%016x","object":"text_completion","created":1764000000,"model":"paced","choices":[{"index":0,"text":" word`, number)
	event := make([]byte, 0, 512)
	for k := 0; k < q.MaxTokens; k++ {
		event = append(event[:0], head...)
		event = strconv.AppendInt(event, int64(k), 10)
		event = append(event, `","logprobs":null,"finish_reason":`...)
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
		if k == 0 {
			kept := time.Since(read).Nanoseconds()
			s.lock.Lock()
			s.keptNs = append(s.keptNs, kept)
			s.lock.Unlock()
		}
	}
	if q.StreamOptions.IncludeUsage {
		fmt.Fprintf(w, "data: {\"id\":\"cmpl-%016x\",\"object\":\"text_completion\",\"created\":1764000000,\"model\":\"paced\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"total_tokens\":%d,\"completion_tokens\":%d}}\n\n", number, 10+q.MaxTokens, q.MaxTokens)
	}
	io.WriteString(w, "data: [DONE]\n\n")
}

func (s *server) stats(w http.ResponseWriter, r *http.Request) {
	s.lock.Lock()
	kept := append([]int64(nil), s.keptNs...)
	if r.Method == http.MethodPost {
		s.keptNs = nil
	}
	s.lock.Unlock()
	sort.Slice(kept, func(i, j int) bool { return kept[i] < kept[j] })
	at := func(share float64) int64 {
		if len(kept) == 0 {
			return 0
		}
		return kept[int(share*float64(len(kept)-1))]
	}
	fmt.Fprintf(w, `{"answers":%d,"ttftNs":{"p50":%d,"p99":%d}}`, len(kept), at(0.5), at(0.99))
}

func main() {
	ttft := flag.Duration("ttft", 20*time.Millisecond, "time to first token")
	itl := flag.Duration("itl", 10*time.Millisecond, "time between tokens")
	flag.Parse()
	s := &server{ttft: *ttft, itl: *itl}
	http.HandleFunc("/v1/completions", s.complete)
	http.HandleFunc("/stats", s.stats)
	http.HandleFunc("/health", func(http.ResponseWriter, *http.Request) {})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("http://" + listener.Addr().String())
	log.Fatal(http.Serve(listener, nil))
}
