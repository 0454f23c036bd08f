package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the numbers of one hall. Every label takes its values from a list of ours: a client that could invent
// one could fill the memory.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	shed     *prometheus.CounterVec
}

func newMetrics(h *Hall) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "scimbridge_http_requests_total", Help: "Requests answered, by door, class of route and status.",
		}, []string{"door", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "scimbridge_http_request_duration_seconds", Help: "Time from the header to the end of the answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"door", "route"}),
		shed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "scimbridge_http_requests_shed_total", Help: "Requests turned away to keep up with the others, by reason.",
		}, []string{"reason"}),
	}
	held := func() float64 { held, _ := h.turns.counts(); return float64(held) }
	queued := func() float64 { _, queued := h.turns.counts(); return float64(queued) }
	m.registry.MustRegister(m.requests, m.duration, m.shed,
		gauge("scimbridge_http_requests_in_flight", "Requests of known callers that are worked on.", held),
		gauge("scimbridge_http_requests_queued", "Requests of known callers that wait for the turn of their tenant.", queued),
		gauge("scimbridge_http_requests_at_door", "Requests of callers that are not known, or not yet.", func() float64 { return float64(len(h.atDoor)) }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, c := range h.config.Counters {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: c.Name, Help: c.Help}, c.Value))
	}
	return m
}

// Counter is a number that only grows while the process lives.
type Counter struct {
	Name, Help string
	Value      func() float64 // safe for concurrent use
}

func gauge(name, help string, value func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
}

// Metrics serves the numbers in the format of Prometheus. It belongs on a listener that the public can't reach.
func (h *Hall) Metrics() http.Handler {
	return promhttp.HandlerFor(h.metrics.registry, promhttp.HandlerOpts{})
}

func (m *metrics) observe(v *visit) {
	route := v.door.class(v.path)
	m.requests.WithLabelValues(v.door.Name, route, strconv.Itoa(v.answer.status)).Inc()
	m.duration.WithLabelValues(v.door.Name, route).Observe(v.took.Seconds())
}

// class is the first of the door's classes that stands in the path.
func (d *Door) class(path string) string {
	for segment := range strings.SplitSeq(path, "/") {
		for _, class := range d.Classes {
			if strings.EqualFold(segment, class) {
				return class
			}
		}
	}
	return "other"
}
