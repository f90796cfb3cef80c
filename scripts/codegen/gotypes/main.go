// Prints what the Go types of the Kubernetes API tell and its documents do not: which fields are pointers, which are
// written even when they are empty, how a type is called in messages, and the numbers of fields in protobuf.
//
// One JSON object: the name that documents give a type, to its fields, to the text "NUMBER FLAGS TYPE". The number is 0
// where protobuf has none, and 2.1 where the field is that of a message that JSON writes into the one around it. Flags
// are e (omitempty) and z (omitzero), or -.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	aggregator "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

type fields = map[string]string

var types = map[string]fields{}

// The name in documents: k8s.io/api/core/v1.Pod is io.k8s.api.core.v1.Pod.
func name(t reflect.Type) string {
	path := strings.Split(t.PkgPath(), "/")
	domain := strings.Split(path[0], ".")
	for i, j := 0, len(domain)-1; i < j; i, j = i+1, j-1 {
		domain[i], domain[j] = domain[j], domain[i]
	}
	return strings.Join(append(domain, path[1:]...), ".") + "." + t.Name()
}

// The name of a list or a map that has one of its own.
func own(t reflect.Type) string {
	if t.Name() == "" {
		return ""
	}
	return "=" + t.String()
}

// A type as an expression: *X, []X, map[K]X, struct NAME, or KIND(NAME) where a scalar has a name of its own.
func expression(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + expression(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			if t.Name() != "" {
				return "bytes(" + t.String() + ")"
			}
			return "bytes"
		}
		return "[]" + expression(t.Elem()) + own(t)
	case reflect.Map:
		return "map[" + expression(t.Key()) + "]" + expression(t.Elem()) + own(t)
	case reflect.Struct:
		visit(t)
		return "struct " + name(t)
	case reflect.Interface:
		return "interface"
	}
	if t.Name() != t.Kind().String() {
		return t.Kind().String() + "(" + t.String() + ")"
	}
	return t.Kind().String()
}

func visit(t reflect.Type) {
	if _, seen := types[name(t)]; seen || t.PkgPath() == "" {
		return
	}
	found := fields{}
	types[name(t)] = found
	collect(t, found, "")
}

func collect(t reflect.Type, found fields, around string) {
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.IsExported() {
			continue
		}
		tag := strings.Split(field.Tag.Get("json"), ",")
		if tag[0] == "-" {
			continue
		}
		if tag[0] == "" {
			// Embedded: its fields are those of the struct around it.
			inner := field.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				collect(inner, found, around+number(field)+".")
			}
			continue
		}
		flags := ""
		for _, option := range tag[1:] {
			if option == "omitempty" || option == "omitzero" {
				flags += option[4:5]
			}
		}
		if flags == "" {
			flags = "-"
		}
		found[tag[0]] = around + number(field) + " " + flags + " " + expression(field.Type)
	}
}

func number(field reflect.StructField) string {
	tag := strings.Split(field.Tag.Get("protobuf"), ",")
	if len(tag) < 2 {
		return "0"
	}
	return tag[1]
}

func main() {
	all := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensions.AddToScheme, aggregator.AddToScheme} {
		if err := add(all); err != nil {
			panic(err)
		}
	}
	for _, t := range all.AllKnownTypes() {
		visit(t)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(types); err != nil {
		panic(err)
	}
}
