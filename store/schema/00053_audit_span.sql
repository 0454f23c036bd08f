-- The times of audit lines follow their indexes, but for the skew of the replicas' clocks: a time is found by halving the
-- indexes, see firstSince in store/audit.go, and needs no index of its own, which would cost every act another write.
DROP INDEX audit_event_at;
