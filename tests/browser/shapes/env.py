"""An environment that draws one case after another, then a fade; every action of 1 goes on to the next."""

from igbuild.runtime import Surface


def rect(s):
    s.rect(4, 4, 40, 26, fill="red")
    s.rect(54, 4, 30, 30, radius=10, fill="#00a050", stroke="black", stroke_width=3)
    s.rect(30, 56, 36, 16, anchor="center", rotation=30, fill="blue")
    s.rect(70, 44, 36, 26, fill="orange", depth=2)
    s.rect(80, 52, 36, 24, fill="purple", depth=1)
    s.rect(92, 10, 24, 56, fill="black", alpha=0.3, depth=3)


def circle(s):
    s.circle(30, 40, 26, fill="gold")
    s.circle(84, 40, 24, stroke="navy", stroke_width=6)
    s.circle(84, 40, 12, fill="red", alpha=0.5)
    s.circle(52, 40, 14, fill="green", depth=-1)


def ellipse(s):
    s.ellipse(34, 24, 60, 30, fill="teal")
    s.ellipse(90, 40, 70, 24, rotation=90, fill="pink", stroke="black", stroke_width=2)
    s.ellipse(40, 56, 70, 20, rotation=20, stroke="red", stroke_width=5, alpha=0.6)


def line(s):
    s.line([(6, 6), (60, 70), (110, 10)], stroke="blue", stroke_width=8)
    s.line([(6, 74), (114, 74)], stroke="#ff8000", stroke_width=4)
    s.line([(10, 60), (110, 30)], stroke="black", stroke_width=12, alpha=0.4)


def polygon(s):
    s.polygon([(6, 74), (34, 6), (62, 74)], fill="green", stroke="black", stroke_width=3)
    s.polygon([(70, 10), (114, 10), (84, 40), (114, 70), (70, 70)], fill="#8040ff", alpha=0.7)


def arc(s):
    s.arc(28, 40, 22, 0, 120, pie=True, fill="red")
    s.arc(28, 40, 22, 120, 270, pie=True, fill="#ffd000", stroke="black", stroke_width=2)
    s.arc(88, 40, 26, -90, 90, stroke="blue", stroke_width=6)
    s.arc(88, 40, 14, 90, 300, stroke="black", stroke_width=4, alpha=0.5)


def text(s):
    s.text(4, 2, "Mm", size=30, fill="red")
    s.text(90, 20, "W8", size=30, bold=True, anchor="center", fill="#0000c0")
    s.text(30, 60, "HHH", size=24, anchor="center", rotation=90, fill="black")
    s.text(90, 60, "MM\nW", size=16, align="center", anchor="center", fill="green", alpha=0.5)


def image(s):
    s.image("photo", 4, 4)
    s.image("photo", 60, 4, width=48, height=32, flip_x=True)
    s.image("photo", 28, 54, width=36, height=24, anchor="center", rotation=45)
    s.image("photo", 66, 44, width=48, height=32, flip_y=True, alpha=0.4)


def sprite(s):
    s.sprite("tiles", "arrow", 4, 4, width=32, height=32)
    s.sprite("tiles", "disc", 44, 4, width=32, height=32, depth=2)
    s.sprite("tiles", "arrow", 60, 12, width=32, height=32, depth=1)
    s.sprite("tiles", "arrow", 24, 58, width=32, height=32, anchor="center", rotation=90)
    s.sprite("tiles", "disc", 84, 44, alpha=0.5)
    s.sprite("tiles", "arrow", 60, 56, flip_x=True)


def tint(s):
    s.image("photo", 4, 4, width=48, height=32, tint="#ff8080")
    s.sprite("tiles", "disc", 64, 4, width=32, height=32, tint="lime")
    s.sprite("tiles", "arrow", 24, 58, width=32, height=32, anchor="center", rotation=-90, tint="red")
    s.sprite("tiles", "arrow", 70, 42, width=32, height=32, tint="blue", alpha=0.5)


def fade(s, steps):
    """Draw in colours that never come again."""
    s.sprite("tiles", "disc", 4, 4, width=64, height=64, tint=(steps % 256, steps // 256 % 256, 0))


CASES = (rect, circle, ellipse, line, polygon, arc, text, image, sprite, tint)


class Shapes:
    def reset(self, seed=None, options=None):
        self.case = self.steps = 0
        return 0, {}

    def step(self, action):
        self.case += action
        self.steps += 1
        return 0, float(action), False, False, {}

    def render(self):
        surface = Surface(120, 80)
        if self.case < len(CASES):
            CASES[self.case](surface)
        else:
            fade(surface, self.steps)
        return surface


def make():
    return Shapes()
