"""What does not change from page to page is worked out once: constant parts when a template is read, the frame when
something in it was changed. Loaded as built-ins, so the usual tags do this everywhere.
"""

from django.template import Engine, Library, Node, NodeList, Template, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, TextNode, Token
from django.template.context import Context
from django.template.defaulttags import url as url_tag
from django.template.loader_tags import ExtendsNode, do_extends, do_include
from django.templatetags.static import do_static
from django.urls import NoReverseMatch
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from portal.changes import Copies

register = Library()


def _is_constant(words: list[str]) -> bool:
    """A tag with one argument, in quotes."""
    return len(words) == 2 and words[1][0] in "'\"" and words[1][0] == words[1][-1]


def _settled(node: Node, token: Token) -> Node:
    return TextNode(node.render(Context())) if _is_constant(token.split_contents()) else node


@register.tag
def include(parser: Parser, token: Token) -> Node:
    """Icons become part of the template that includes them; other parts are found once."""
    node = do_include(parser, token)
    if node.template.is_var or node.isolated_context:
        return node
    name = node.template.var
    if name.endswith(".svg"):
        return TextNode(Engine.get_default().get_template(name).source)
    return Part(name, node.extra_context)


class Part(Node):
    """A template without blocks in the place where it is included. It may include itself."""

    def __init__(self, name: str, given: dict[str, FilterExpression]) -> None:
        self.name, self.given = name, given

    @cached_property
    def nodes(self) -> NodeList:
        return Engine.get_default().get_template(self.name).nodelist

    def render(self, context: Context) -> SafeString:
        with context.push(**{name: value.resolve(context) for name, value in self.given.items()}):
            return self.nodes.render(context)


@register.tag
def extends(parser: Parser, token: Token) -> Node:
    node = do_extends(parser, token)
    return Extends(node.nodelist, node.parent_name)


class Extends(ExtendsNode):
    """A parent and its blocks are looked for once, not for every page."""

    _parent: Template | None = None

    def get_parent(self, context: Context) -> Template:
        if self._parent:
            # For a template further up that replaces its parent under the same name, and has to know who came before.
            context.render_context.setdefault(self.context_key, [self.origin]).append(self._parent.origin)
            return self._parent
        parent = super().get_parent(context)
        if not isinstance(parent.nodelist, _Searched):
            parent.nodelist = _Searched(parent.nodelist)
        # One that replaces its parent under the same name depends on who came before; a name may be a variable.
        if not self.parent_name.is_var and parent.name != self.origin.template_name:
            self._parent = parent
        return parent


class _Searched(NodeList):
    def get_nodes_by_type(self, nodetype: type[Node]) -> list[Node]:
        if not hasattr(self, "_found"):
            self._found: dict[type[Node], list[Node]] = {}
        if nodetype not in self._found:
            self._found[nodetype] = super().get_nodes_by_type(nodetype)
        return self._found[nodetype]


@register.tag
def static(parser: Parser, token: Token) -> Node:
    """Names of static files are settled once they are collected."""
    return _settled(do_static(parser, token), token)


@register.tag
def url(parser: Parser, token: Token) -> Node:
    """Addresses without arguments."""
    try:
        return _settled(url_tag(parser, token), token)
    except NoReverseMatch:  # an error only where it is rendered
        return url_tag(parser, token)


@register.tag
def kept(parser: Parser, token: Token) -> Node:
    """{% kept %}…{% endkept %}: the same on every page, made anew when the change feed has a newer row.

    What stands in it may use nothing that differs between pages or readers.
    """
    if len(token.split_contents()) > 1:
        raise TemplateSyntaxError("kept takes no arguments")
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodes)


class Kept(Node):
    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._copies = Copies()

    def render(self, context: Context) -> SafeString:
        return self._copies.get(None, lambda: self.nodelist.render(context))
