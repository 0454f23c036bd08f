package sqlite

import (
	"context"
	"database/sql/driver"
	"sync"
	"time"
)

// checkpointEvery is how often the log is taken into the file while there are commits.
const checkpointEvery = 200 * time.Millisecond

// checkpointer takes the log into the file beside the writer, on a connection of its own: the writer would make those
// who wait for it wait for the file too. It takes what no reader holds (PASSIVE), so it blocks nobody. The writer still
// does so when the log has become long (wal_autocheckpoint), and finds most of the work done: only when all of the log is
// in the file can it begin at the front again, which never happens by itself while changes follow one another.
type checkpointer struct {
	connector driver.Connector
	writer    *writer
	closing   chan struct{}
	gone      chan struct{}
	once      sync.Once
}

func newCheckpointer(connector driver.Connector, writer *writer) *checkpointer {
	c := &checkpointer{connector: connector, writer: writer, closing: make(chan struct{}), gone: make(chan struct{})}
	go c.loop()
	return c
}

func (c *checkpointer) loop() {
	defer close(c.gone)
	var on *conn
	defer func() {
		if on != nil {
			_ = on.close() // nothing depends on it
		}
	}()
	pause := time.NewTicker(checkpointEvery)
	defer pause.Stop()
	for {
		select {
		case <-c.closing:
			return
		case <-pause.C:
		}
		select {
		case <-c.closing:
			return
		case <-c.writer.grown:
			on = c.take(on)
		}
	}
}

// take takes the log into the file. What fails is tried again the next time; the log has it all.
func (c *checkpointer) take(on *conn) *conn {
	if on == nil {
		var err error
		if on, err = connect(context.Background(), c.connector); err != nil {
			return nil
		}
	}
	if err := on.exec("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
		c.writer.distrust(err)
		_ = on.close()
		return nil
	}
	return on
}

// close waits for a checkpoint under way.
func (c *checkpointer) close() {
	c.once.Do(func() { close(c.closing) })
	<-c.gone
}
