package catalog

import (
	"context"
	"time"
)

// Point is a distribution point, or a file server or deployment share that packages are brought to.
type Point struct {
	Name       string    `json:"name"`  // unique, ignoring case
	Share      string    `json:"share"` // the Drivers share there, UNC path or folder; "" if drivercat never writes to it
	Site       string    `json:"site"`  // site code, "" if unknown
	Types      []string  `json:"types"` // as packager/distribute calls them, sorted
	Protected  bool      `json:"protected"`
	PXE        bool      `json:"pxe"` // it is a PXE service point's share: never a target
	Boundaries []string  `json:"boundaries"`
	Added      time.Time `json:"added"`
}

// PointGroup is a named set of points. Groups are for sending; they do not balance load.
type PointGroup struct {
	Name    string             `json:"name"` // unique, ignoring case
	Members []PointGroupMember `json:"members"`
}

// PointGroupMember is a point in a group.
type PointGroupMember struct {
	Point string    `json:"point"`
	Added time.Time `json:"added"` // to the group
}

// Sending says that a package was sent to a point or a group.
type Sending struct {
	Folder  string    `json:"folder"` // of the package, relative to the share root
	Point   string    `json:"point,omitempty"`
	Group   string    `json:"group,omitempty"`
	Version int       `json:"version"`
	Sent    time.Time `json:"sent"`
}

// Holding says which version of a package a point holds, as far as drivercat knows.
type Holding struct {
	Folder  string    `json:"folder"`
	Point   string    `json:"point"`
	Version int       `json:"version"`
	Known   time.Time `json:"known"` // since when
}

// PointStore keeps points, groups, what was sent where and what is held where. Names are compared ignoring case. Errors wrap
// ErrNotFound.
type PointStore interface {
	Points(ctx context.Context) ([]Point, error) // ordered by name
	PutPoint(ctx context.Context, p Point) error
	// DeletePoint removes a point from all groups too, with its sendings and holdings.
	DeletePoint(ctx context.Context, name string) error

	PointGroups(ctx context.Context) ([]PointGroup, error) // ordered by name, members by name
	PutPointGroup(ctx context.Context, g PointGroup) error
	DeletePointGroup(ctx context.Context, name string) error

	// Sendings returns what was sent, ordered by time; of one package, or of all if folder is "".
	Sendings(ctx context.Context, folder string) ([]Sending, error)
	PutSending(ctx context.Context, s Sending) error
	// Holdings returns what points hold, ordered by folder and point; of one package, or of all if folder is "".
	Holdings(ctx context.Context, folder string) ([]Holding, error)
	// PutHolding replaces what was known of the package at the point; version 0 forgets it.
	PutHolding(ctx context.Context, h Holding) error
}
