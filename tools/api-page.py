#!/usr/bin/python3
"""The reading page of an OpenAPI document: `api-page.py OPENAPI OUT`. One page of plain HTML with
its style inside: no script, nothing from elsewhere."""
import html
import json
import sys
from pathlib import Path

STYLE = """
body{font:16px/1.6 "Noto Serif CJK SC","Source Han Serif SC",serif;max-width:60rem;margin:2rem auto;
padding:0 1rem;color:#222}
h1{font-size:1.7rem}h2{margin-top:2.5rem;border-bottom:1px solid #999}h3{margin-top:2rem}
code,pre{font-family:"Noto Sans Mono CJK SC",monospace;font-size:.9em}
pre{background:#f4f4f0;padding:.7rem;overflow-x:auto}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #bbb;padding:.25rem .6rem;
text-align:left;vertical-align:top}th{background:#f4f4f0}.verb{color:#06507a}
@media(max-width:40rem){table{display:block;overflow-x:auto}}
"""


class Page:
    def __init__(self, document):
        self.document = document
        self.out = []

    def say(self, text):
        self.out.append(text)

    def deref(self, node):
        while "$ref" in node:
            at = self.document
            for step in node["$ref"][2:].split("/"):
                at = at[step]
            node = at
        return node

    def table(self, head, rows):
        self.say("<table><tr>" + "".join(f"<th>{h}</th>" for h in head) + "</tr>")
        for row in rows:
            self.say("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>")
        self.say("</table>")

    def kind(self, schema):
        """What a value is, in few words, as HTML."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            target = self.deref(schema)
            return (f'<a href="#{name}">{name}</a>' if target.get("type") == "object"
                    else self.kind(target))
        if "const" in schema:
            return f"<code>{html.escape(schema['const'])}</code>"
        if "enum" in schema:
            return " | ".join(f"<code>{html.escape(v)}</code>" for v in schema["enum"])
        if "type" not in schema:
            return html.escape(schema.get("description", ""))
        name = schema["type"]
        name = " | ".join(name) if isinstance(name, list) else name
        if name == "array":
            return "[" + self.kind(schema["items"]) + " …]"
        return name + (f" ({schema['format']})" if "format" in schema else "")

    def properties(self, schema):
        required = schema.get("required", [])
        self.table(["名称", "类型", "必有", "说明"],
                   [[f"<code>{html.escape(name)}</code>", self.kind(inner),
                     "是" if name in required else "",
                     html.escape(inner.get("description", ""))]
                    for name, inner in schema.get("properties", {}).items()])

    def operation(self, path, method, operation):
        self.say(f'<h3 id="{operation["operationId"]}"><code><span class="verb">{method.upper()}'
                 f"</span> {html.escape(path)}</code> {html.escape(operation['summary'])}</h3>")
        if "description" in operation:
            self.say(f"<p>{html.escape(operation['description'])}</p>")
        parameters = [self.deref(p) for p in operation.get("parameters", [])]
        if parameters:
            self.table(["参数", "在", "类型", "说明"],
                       [[f"<code>{p['name']}</code>", p["in"], self.kind(p["schema"]),
                         html.escape(p["description"])] for p in parameters])
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            self.say(f"<p>请求体 <code>{kind}</code>：{self.kind(content['schema'])}</p>")
            if "example" in content:
                text = json.dumps(content["example"], ensure_ascii=False, indent=1)
                self.say(f"<pre>{html.escape(text)}</pre>")
        rows = []
        for status, answer in operation["responses"].items():
            answer = self.deref(answer)
            what = ", ".join(f"<code>{kind}</code> {self.kind(content['schema'])}"
                             for kind, content in answer["content"].items())
            rows.append([status, html.escape(answer["description"]), what])
        self.table(["状态", "意思", "内容"], rows)

    def write(self):
        about = self.document["info"]
        self.say(f'<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
                 f'<meta name="viewport" content="width=device-width"><title>{about["title"]}'
                 f"</title><style>{STYLE}</style><h1>{about['title']} {about['version']}</h1>")
        for paragraph in about["description"].split("\n\n"):
            self.say(f"<p>{html.escape(paragraph)}</p>")
        self.say('<p>程序可读的形式：<a href="/openapi.json">/openapi.json</a></p>')
        for tag in self.document["tags"]:
            self.say(f"<h2>{html.escape(tag['description'])}</h2>")
            for path, operations in self.document["paths"].items():
                for method, operation in operations.items():
                    if tag["name"] in operation["tags"]:
                        self.operation(path, method, operation)
        self.say("<h2>数据</h2>")
        for name, schema in self.document["components"]["schemas"].items():
            self.say(f'<h3 id="{name}">{name}</h3>')
            if "description" in schema:
                self.say(f"<p>{html.escape(schema['description'])}</p>")
            self.properties(schema)
        return "\n".join(self.out) + "\n</html>\n"


def main():
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(Page(document).write(), encoding="utf-8")


if __name__ == "__main__":
    main()
