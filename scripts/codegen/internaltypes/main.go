// Prints the fields of the types in which a kube-apiserver keeps objects inside (its "internal version"). Messages that
// quote a part of an object write it as these types have it: all fields, in the order of the type, with their Go names.
//
// One JSON object: GROUP.TYPE to "FIELD TYPE; ...". A type is *X, []X, map X, GROUP.TYPE, s (text), n (number),
// b (flag), q (a quantity), i (a number or a text), m (metadata), l (a selector of labels), t (apiVersion and
// kind), or v for what is written as in the API. A field without a name is written into the struct around it.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	"k8s.io/kubernetes/pkg/apis/apps"
	"k8s.io/kubernetes/pkg/apis/batch"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/policy"
)

var types = map[string]string{}

func name(t reflect.Type) string {
	path := strings.Split(t.PkgPath(), "/")
	return path[len(path)-1] + "." + t.Name()
}

func expression(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + expression(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "v"
		}
		return "[]" + expression(t.Elem())
	case reflect.Map:
		return "map " + expression(t.Elem())
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Struct:
		if !strings.HasPrefix(t.PkgPath(), "k8s.io/kubernetes/pkg/apis/") {
			return foreign(t)
		}
		visit(t)
		return name(t)
	default:
		return "n"
	}
}

func foreign(t reflect.Type) string {
	switch t.Name() {
	case "Quantity":
		return "q"
	case "IntOrString":
		return "i"
	case "LabelSelector":
		return "l"
	case "ObjectMeta":
		return "m"
	case "TypeMeta":
		return "t"
	default:
		return "v"
	}
}

func visit(t reflect.Type) {
	if _, known := types[name(t)]; known {
		return
	}
	types[name(t)] = ""
	fields := []string{}
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		if field.Anonymous {
			fields = append(fields, expression(field.Type))
			continue
		}
		fields = append(fields, field.Name+" "+expression(field.Type))
	}
	types[name(t)] = strings.Join(fields, "; ")
}

func main() {
	for _, root := range []any{
		core.PodTemplateSpec{},
		core.PodIP{},
		core.EphemeralContainer{},
		core.PersistentVolumeClaim{},
		core.PersistentVolumeSpec{},
		core.ServiceSpec{},
		apps.DeploymentSpec{},
		apps.DaemonSetSpec{},
		apps.StatefulSetSpec{},
		batch.CronJobSpec{},
		policy.PodDisruptionBudgetSpec{},
	} {
		visit(reflect.TypeOf(root))
	}
	if err := json.NewEncoder(os.Stdout).Encode(types); err != nil {
		panic(err)
	}
}
