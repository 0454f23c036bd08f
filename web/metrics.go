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
	inFlight prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "scimbridge_http_requests_total", Help: "Requests answered, by door, class of route and status.",
		}, []string{"door", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "scimbridge_http_request_duration_seconds", Help: "Time from the header to the end of the answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"door", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "scimbridge_http_requests_in_flight", Help: "Requests that a door works on.",
		}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.inFlight,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
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
