package catalog

import (
	"context"
	"time"
)

// Point is a distribution point, or a file server or deployment share that packages are brought to. What its fields mean
// for the site, and whether it may be a target at all, is for packager/distribute to say.
type Point struct {
	Name       string    `json:"name"`              // unique, ignoring case
	Share      string    `json:"share"`             // the Drivers share there, UNC path or folder; "" if drivercat never looks into it
	NAL        string    `json:"nal,omitempty"`     // as ConfigMgr exports it
	Site       string    `json:"site"`              // site code, "" if unknown
	ADSite     string    `json:"adSite,omitempty"`  // where the server stands, "" if unknown
	Address    string    `json:"address,omitempty"` // of the server, with the length of its subnet: "10.1.2.3/24"; "" if unknown
	Types      []string  `json:"types"`             // of ConfigMgr 2007, as packager/distribute calls them, sorted, without "protected"
	Protected  bool      `json:"protected"`
	PXE        bool      `json:"pxe"`   // it answers computers that start from the network
	Pull       bool      `json:"pull"`  // it fetches packages from another point
	Cloud      bool      `json:"cloud"` // it is no server of the site's own
	Boundaries []string  `json:"boundaries"`
	Added      time.Time `json:"added"`
}

// PointGroup is a named set of points. Groups are for sending; they do not balance load.
type PointGroup struct {
	Name    string             `json:"name"` // unique among groups, ignoring case
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

// PointReader answers which points and groups there are, what was sent where and what is held where. Names of points and
// groups, and folders, are compared ignoring case; they come back as they were put last.
type PointReader interface {
	Points(ctx context.Context) ([]Point, error)           // ordered by name
	PointGroups(ctx context.Context) ([]PointGroup, error) // ordered by name, members by name
	// Sendings returns what was sent, ordered by time, folder, group and point; of one package, or of all if folder is "".
	Sendings(ctx context.Context, folder string) ([]Sending, error)
	// Holdings returns what points hold, ordered by folder and point; of one package, or of all if folder is "".
	Holdings(ctx context.Context, folder string) ([]Holding, error)
}

// PointStore keeps points, groups, what was sent where and what is held where. A point or group that is not there is
// ErrNotFound.
type PointStore interface {
	// PutPoint keeps a point in place of one of the same name, which stays in its groups.
	PutPoint(ctx context.Context, p Point) error
	// DeletePoint removes a point from all groups too, with its sendings and holdings.
	DeletePoint(ctx context.Context, name string) error

	// PutPointGroup keeps a group with its members in place of one of the same name, whose sendings stay.
	PutPointGroup(ctx context.Context, g PointGroup) error
	// DeletePointGroup removes a group with its sendings; its members stay points.
	DeletePointGroup(ctx context.Context, name string) error

	// PutSending keeps that a package was sent to a point or a group, to exactly one of them. The same one is kept once.
	PutSending(ctx context.Context, s Sending) error
	// PutHolding replaces what was known of the package at the point; version 0 forgets it.
	PutHolding(ctx context.Context, h Holding) error
}
