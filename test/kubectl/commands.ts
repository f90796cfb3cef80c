/** Everyday work with kubectl, in the order in which it is done: later commands use what earlier ones made. */

export interface Command {
  /** What stands after `kubectl`; what follows ` # ` tells it from another like it. */
  readonly command: string
  readonly stdin?: string | undefined
  /** What stands in for the editor: a shell command that is given the file. */
  readonly editor?: string | undefined
}

const k = (command: string, stdin?: string): Command => ({ command, stdin })

const configMap = (data: string, more = ""): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: applied\n${more}data:\n${data}`

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: nginx
        image: nginx:1
        ports: [{containerPort: 80}]
      - name: side
        image: side:1
`

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gizmos.kubectl.example.com
spec:
  group: kubectl.example.com
  scope: Namespaced
  names: {plural: gizmos, singular: gizmo, kind: Gizmo, shortNames: [gz]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer, minimum: 0, description: How large it is.}
              tags: {type: array, items: {type: string}}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
`

const gizmo = (size: number | string, more = ""): string =>
  `apiVersion: kubectl.example.com/v1\nkind: Gizmo\nmetadata:\n  name: one\nspec:\n  size: ${size}\n${more}`

export const commands: ReadonlyArray<Command> = [
  // The server
  k("version"),
  k("version -o json"),
  k("cluster-info"),
  k("api-versions"),
  k("api-resources"),
  k("api-resources --namespaced=false -o name"),
  k("api-resources --api-group=apps -o wide"),
  k("get --raw /healthz"),
  k("get namespaces nothing"),
  k("get nothing"),
  k("auth whoami -o name"),

  // Creating
  k("create configmap plain --from-literal=a=1 --from-literal=b=2"),
  k("create configmap plain --from-literal=a=1 # again"),
  k("create secret generic hidden --from-literal=password=x"),
  k("create secret tls broken --cert=/nowhere --key=/nowhere"),
  k("create serviceaccount robot"),
  k("create deployment made --image=nginx:1 --replicas=2 --port=80"),
  k("create service clusterip front --tcp=80:8080"),
  k("create job once --image=busybox -- true"),
  k("create cronjob nightly --image=busybox --schedule='0 3 * * *' -- true"),
  k("create quota limits --hard=pods=10,requests.cpu=2"),
  k("create role reader --verb=get,list --resource=pods,configmaps"),
  k("create rolebinding readers --role=reader --serviceaccount=default:robot"),
  k("create clusterrole kubectl-reader --verb=get --resource=nodes"),
  k("create clusterrolebinding kubectl-readers --clusterrole=kubectl-reader --user=ada"),
  k("create ingress door --rule='example.com/=front:80'"),
  k("create poddisruptionbudget guard --selector=app=web --min-available=1"),
  k("create priorityclass kubectl-high --value=1000 --description=High"),
  k("create namespace kubectl-other"),
  k("create namespace Bad_Name"),
  k("create token robot --duration=10m -o name"),
  k("create configmap dry --from-literal=a=1 --dry-run=client -o yaml"),
  k("create configmap dry --from-literal=a=1 --dry-run=server -o name"),
  k("create -f - # yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: made-\n"),
  k("create -f - # unknown field", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: odd\nzzz: 1\n"),
  k("create -f - --validate=warn # unknown field", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: odd\nzzz: 1\n"),
  k("create -f - # invalid", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: Odd_Name\n"),
  k("create -f - # no kind", "metadata:\n  name: odd\n"),
  k("create -f - # unknown kind", "apiVersion: v1\nkind: Gadget\nmetadata:\n  name: odd\n"),
  k("run pod --image=nginx:1 --restart=Never"),

  // Reading
  k("get configmap plain -o yaml"),
  k("get configmap plain -o json"),
  k("get configmap plain -o name"),
  k("get configmaps,secrets -o name -l nothing=here"),
  k("get configmap plain -o jsonpath='{.data.a}'"),
  k("get configmap plain -o custom-columns=NAME:.metadata.name,A:.data.a"),
  k("get configmap plain -o go-template='{{.data.b}}'"),
  k("get configmap none"),
  k("get configmap none --ignore-not-found"),
  k("get configmaps -l app=none"),
  k("get configmaps --field-selector metadata.name=plain -o name"),
  k("get configmap plain"),
  k("get configmap plain --show-labels --no-headers"),
  k("get secret,serviceaccount -o name"),
  k("get deployment made"),
  k("get deployment made -o wide"),
  k("get service front"),
  k("get job,cronjob"),
  k("get quota,role,rolebinding,ingress,pdb"),
  k("get all"),
  k("get pods"),
  k("get pod pod -o yaml"),
  k("get deployment made -o yaml"),
  k("get service front -o yaml"),
  k("get job once -o yaml"),
  k("get cronjob nightly -o yaml"),
  k("get ingress door -o yaml"),
  k("get pdb guard -o yaml"),
  k("get role reader -o yaml"),
  k("get rolebinding readers -o yaml"),
  k("get priorityclass kubectl-high -o yaml"),
  k("get quota limits -o yaml"),
  k("get namespace kubectl-other -o yaml"),
  k("describe configmap plain"),
  k("describe secret hidden"),
  k("describe deployment made"),
  k("describe service front"),
  k("describe job once"),
  k("describe cronjob nightly"),
  k("describe quota limits"),
  k("describe ingress door"),
  k("describe pdb guard"),
  k("describe role reader"),
  k("describe namespace kubectl-other"),
  k("explain configmap"),
  k("explain deployment.spec.template.spec.containers.image"),
  k("explain nothing"),
  k("events"),
  k("get events"),
  k("get configmaps -A -o name --field-selector metadata.namespace=kubectl"),
  k("get configmap plain -o yaml --show-managed-fields"),
  k("get deployment made -o yaml --show-managed-fields"),
  k("get configmaps --chunk-size=1 -o name"),
  k("get configmaps --sort-by=.metadata.name"),
  k("get --raw /api/v1/namespaces/kubectl/configmaps/none"),
  k("get --raw /apis/apps/v1/nothing"),
  k("get deployments,pods -o wide"),
  k("get deployment made -L app"),
  k("get configmap plain secret/hidden"),
  k("get priorityclass kubectl-high"),
  k("get clusterrole kubectl-reader"),
  k("get clusterrolebinding kubectl-readers -o wide"),
  k("get serviceaccount,secret"),
  k("get namespace kubectl-other"),
  k("describe serviceaccount robot"),
  k("describe pod pod"),
  k("describe rolebinding readers"),
  k("describe priorityclass kubectl-high"),
  k("logs pod"),
  k("logs nothing"),
  k("exec pod -- true"),
  k("top pods"),

  // Applying
  k("apply -f - # new", configMap("  one: \"1\"\n  two: \"2\"\n")),
  k("apply -f - # the same", configMap("  one: \"1\"\n  two: \"2\"\n")),
  k("diff -f - # a change", configMap("  one: \"uno\"\n  three: \"3\"\n")),
  k("apply -f - # a change, a field less", configMap("  one: \"uno\"\n  three: \"3\"\n")),
  k("get configmap applied -o yaml # applied"),
  k("apply view-last-applied configmap applied"),
  k("diff -f - # nothing", configMap("  one: \"uno\"\n  three: \"3\"\n")),
  k("apply --server-side -f - # conflicts or not", configMap("  one: \"eins\"\n")),
  k("apply --server-side --force-conflicts -f - # forced", configMap("  one: \"eins\"\n")),
  k("apply --server-side --field-manager=other -f - # another manager", configMap("  one: \"un\"\n")),
  k("get configmap applied -o jsonpath='{.data}'"),
  k("apply -f - --dry-run=server -o name", configMap("  four: \"4\"\n")),
  k("apply -f - # deployment", deployment),
  k("apply -f - # deployment changed", deployment.replace("nginx:1", "nginx:2").replace(/ {6}- name: side\n.*\n/, "")),
  k("get deployment web -o jsonpath='{.spec.template.spec.containers[*].image}'"),
  k("apply -f - # deployment broken", deployment.replace("matchLabels: {app: web}", "matchLabels: {app: other}")),
  k("apply -f - --prune -l app=web --prune-allowlist=apps/v1/Deployment # prune", deployment),
  k("replace -f - # missing", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: missing\n"),
  k("replace -f - # there", configMap("  five: \"5\"\n")),
  k("replace --force -f - # force", configMap("  six: \"6\"\n")),
  k("get configmap applied -o yaml --show-managed-fields # replaced"),
  k("apply set-last-applied --create-annotation -f -", configMap("  six: \"6\"\n")),
  {
    command: "apply edit-last-applied configmap applied",
    editor: "sed -i s/six:.*/six:\\ changed/"
  },
  k(
    "apply -f - # two documents",
    `${configMap("  one: \"1\"\n", "  labels: {set: x}\n")}---\n${
      configMap("  one: \"1\"\n", "  labels: {set: x}\n").replace("name: applied", "name: second")
    }`
  ),
  k("apply -f - --dry-run=client -o name", configMap("  one: \"1\"\n")),
  k(
    "apply -f - # a list",
    JSON.stringify({
      apiVersion: "v1",
      kind: "List",
      items: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "listed" }, data: { k: "v" } }]
    })
  ),
  k("apply -f - # a wrong type", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: applied\ndata:\n  k: 5\n"),
  k(
    "apply -f - --validate=false # a wrong type",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: applied\ndata:\n  k: 5\n"
  ),
  k(
    "apply --server-side -f - # a wrong type",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: applied\ndata:\n  k: 5\n"
  ),
  k("apply --server-side -f - # deployment", deployment),
  k("apply --server-side --force-conflicts -f - # deployment forced", deployment),
  k("apply --server-side --dry-run=server -f - # new", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: unmade\n"),
  k("delete configmap second listed"),

  // Changing
  k("patch configmap applied -p '{\"data\":{\"seven\":\"7\"}}'"),
  k("patch configmap applied --type=merge -p '{\"data\":{\"seven\":null}}'"),
  k("patch configmap applied --type=json -p '[{\"op\":\"add\",\"path\":\"/data/eight\",\"value\":\"8\"}]'"),
  k("patch configmap applied --type=json -p '[{\"op\":\"remove\",\"path\":\"/data/none\"}]'"),
  k("patch configmap applied -p '{\"data\":{}}' # no change"),
  k("patch configmap applied -p '{\"data\":{\"x\":5}}' # a wrong type"),
  k("patch configmap applied -p '{\"data\":{\"x\":\"y\"}}' --dry-run=server -o yaml"),
  k("patch configmap none -p '{}'"),
  k("patch configmap applied -p '{bad'"),
  k("patch deployment web -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"side\",\"image\":\"side:2\"}]}}}}'"),
  k("patch deployment web -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"side\",\"$patch\":\"delete\"}]}}}}'"),
  k("patch deployment web --subresource=status --type=merge -p '{\"status\":{\"readyReplicas\":0}}'"),
  k("get deployment web -o jsonpath='{.spec.template.spec.containers[*].image}' # after patches"),
  k("label configmap applied team=a tier=b"),
  k("label configmap applied team=c"),
  k("label configmap applied team=c --overwrite"),
  k("label configmap applied tier-"),
  k("label configmap --all bulk=yes"),
  k("annotate configmap applied note='hello world'"),
  k("annotate configmap applied note-"),
  k("get configmap applied -o jsonpath='{.metadata.labels}'"),
  k("scale deployment web --replicas=3"),
  k("scale deployment web --replicas=4 --current-replicas=9"),
  k("scale deployment web --replicas=4 --current-replicas=3"),
  k("get deployment web -o jsonpath='{.spec.replicas}'"),
  k("set image deployment/web nginx=nginx:3"),
  k("set env deployment/web MODE=test"),
  k("set env deployment/web --list"),
  k("set resources deployment/web --limits=cpu=200m,memory=64Mi"),
  k("set serviceaccount deployment web robot"),
  k("set selector service front app=web"),
  k("set subject rolebinding readers --user=grace"),
  k("set image deployment/web nothing=x"),
  k("annotate configmap applied --list"),
  k("label configmap applied bad/label/x=y"),
  k("get deployment web -o yaml # set"),
  k("autoscale deployment web --min=1 --max=5 --cpu=80%"),
  k("get hpa web -o yaml"),
  k("expose deployment web --port=80 --target-port=8080"),
  k("get service web -o yaml"),
  { command: "edit configmap applied", editor: "sed -i s/eight/nine/" },
  { command: "edit configmap applied # nothing", editor: "true" },
  { command: "edit configmap applied # broken", editor: "sed -i s/kind:.*/kind:/" },
  k("get configmap applied -o jsonpath='{.data}' # edited"),

  // Roll-outs
  k("rollout status deployment/web --timeout=1s"),
  k("rollout restart deployment/web"),
  k("rollout history deployment/web"),
  k("rollout undo deployment/web"),
  k("rollout pause deployment/web"),
  k("rollout pause deployment/web # again"),
  k("rollout resume deployment/web"),
  k("rollout status daemonset/none"),
  k("rollout restart configmap/applied"),

  // Nodes
  k("create -f - # node", "apiVersion: v1\nkind: Node\nmetadata:\n  name: kubectl-node\n"),
  k("taint node kubectl-node a=b:NoSchedule"),
  k("taint node kubectl-node a=c:NoSchedule --overwrite"),
  k("cordon kubectl-node"),
  k("cordon kubectl-node # again"),
  k("get node kubectl-node -o jsonpath='{.spec}'"),
  k("uncordon kubectl-node"),
  k("taint node kubectl-node a-"),
  k("drain kubectl-node"),
  k("get node kubectl-node"),
  k("describe node kubectl-node"),
  k("delete node kubectl-node"),

  // Custom resources
  k("apply -f - # definition", definition),
  k("wait crd/gizmos.kubectl.example.com --for=condition=Established --timeout=10s"),
  k("get crd gizmos.kubectl.example.com"),
  k("apply -f - # gizmo", gizmo(1)),
  k("apply -f - # gizmo changed", gizmo(2, "  tags: [a, b]\n")),
  k("apply -f - # gizmo wrong", gizmo("many")),
  k("apply -f - # gizmo too small", gizmo(-1)),
  k("apply -f - # gizmo unknown field", gizmo(1, "  odd: 1\n")),
  k("get gizmos"),
  k("get gz one -o yaml"),
  k("describe gizmo one"),
  k("explain gizmo.spec"),
  k("patch gizmo one -p '{\"spec\":{\"size\":3}}' # strategic"),
  k("patch gizmo one --type=merge -p '{\"spec\":{\"size\":3}}'"),
  k("patch gizmo one --type=merge --subresource=status -p '{\"status\":{\"size\":3}}'"),
  k("scale gizmo one --replicas=5"),
  k("label gizmo one a=b"),
  { command: "edit gizmo one", editor: "sed -i s/size:.5/size:\\ 6/" },
  k("get gizmo one -o jsonpath='{.spec}{.status}'"),
  k("apply --server-side -f - # gizmo", gizmo(7)),
  k("apply --server-side --force-conflicts -f - # gizmo forced", gizmo(7)),
  k("wait gizmo/one --for=jsonpath='{.spec.size}'=7 --timeout=2s"),
  k("wait gizmo/one --for=jsonpath='{.spec.size}'=8 --timeout=1s"),
  k("delete gizmo one"),
  k("delete crd gizmos.kubectl.example.com"),

  // Permissions
  k("auth can-i create deployments"),
  k("auth can-i get pods --subresource=log -q"),
  k("auth can-i use nothing.example.com"),
  k("auth can-i --list --no-headers"),
  k("auth can-i get pods --as=system:serviceaccount:default:robot"),

  // Waiting and deleting
  k("wait configmap/plain --for=jsonpath='{.data.a}'=1 --timeout=2s"),
  k("wait configmap/none --for=delete --timeout=2s"),
  k("wait configmap/plain --for=create --timeout=2s"),
  k("wait pod --all --for=condition=Ready --timeout=1s"),
  k("get configmaps --watch --request-timeout=1s -o name"),
  k("get configmaps --watch-only --request-timeout=1s"),
  k("wait deployment/web --for=condition=Available --timeout=1s"),
  k("delete configmap plain"),
  k("delete configmap plain # again"),
  k("delete configmap plain --ignore-not-found"),
  k("delete configmap,secret -l bulk=yes"),
  k("delete deployment made --cascade=background --wait=false"),
  k("delete deployment web --cascade=orphan"),
  k("delete service front web"),
  k("delete job once --cascade=foreground"),
  k("delete -f - # from a file", "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: nightly\n"),
  k("delete pod pod --grace-period=0 --force"),
  k("delete role,rolebinding,ingress,pdb,quota,hpa --all"),
  k("delete secret hidden --dry-run=server"),
  k("delete --raw /api/v1/namespaces/nowhere/configmaps/none"),
  k("delete namespace kubectl-other --wait --timeout=10s"),
  k("delete clusterrole/kubectl-reader clusterrolebinding/kubectl-readers priorityclass/kubectl-high")
]
