"""Where a post's meetings go while its officer is away: the posts of its link officers."""

from officials.models import Charge, Post
from officials.permissions import HEADS


def posts_of_link_officers(post: Post) -> list[Post]:
    """Return the posts that the live link officers of ``post`` head themselves, without ``post``.

    Only offices that can be met.
    """
    officers = Charge.objects.live().filter(post=post, kind=Charge.Kind.LINK_OFFICER)
    own = Charge.objects.live().filter(user__in=officers.values("user"), kind__in=HEADS)
    return list(Post.objects.filter(pk__in=own.values("post"), active=True).exclude(pk=post.pk))
