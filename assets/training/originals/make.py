"""Makes the training originals: photographs of papers that never existed.

    python3 make.py [FOLDER]        needs Pillow, numpy, opencv-python-headless and the Tinos and Arimo fonts
                                    (Debian: fonts-croscore)

Each paper is drawn flat at 300 dpi, laid on a drawn table under a pinhole camera, lit, shadowed, blurred, given sensor
noise and saved as JPEG. Nothing random is left to chance: the same script makes the same pictures. The true corners
go to truth.json (tl, tr, br, bl in pixels of the upright picture; a pixel's centre has whole coordinates).
"""

import json
import math
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONTS = Path("/usr/share/fonts/truetype/croscore")
MM = 300 / 25.4  # pixels of the flat paper per millimetre
INK = (32, 32, 36)
RED = (196, 30, 44)
BLUE = (28, 48, 150)


# ---------------------------------------------------------------- drawing on paper (all lengths in millimetres)

class Paper:
    def __init__(self, width, height, colour, seed):
        self.width, self.height = width, height
        self.rng = np.random.default_rng(seed)
        self.image = Image.new("RGB", (round(width * MM), round(height * MM)), colour)
        self.draw = ImageDraw.Draw(self.image)

    def font(self, points, style="Regular", family="Tinos"):
        return ImageFont.truetype(str(FONTS / f"{family}-{style}.ttf"), round(points * 300 / 72))

    def text(self, x, y, string, points=13, style="Regular", anchor="la", fill=INK, family="Tinos"):
        self.draw.text((x * MM, y * MM), string, font=self.font(points, style, family), fill=fill, anchor=anchor)

    def width_of(self, string, points, style="Regular", family="Tinos"):
        return self.font(points, style, family).getlength(string) / MM

    def line(self, x0, y0, x1, y1, width=0.25, fill=INK):
        self.draw.line((x0 * MM, y0 * MM, x1 * MM, y1 * MM), fill=fill, width=max(1, round(width * MM)))

    def box(self, x0, y0, x1, y1, width=0.25, outline=INK, fill=None, radius=0):
        self.draw.rounded_rectangle((x0 * MM, y0 * MM, x1 * MM, y1 * MM), radius * MM, fill, outline, max(1, round(width * MM)))

    def field(self, x, y, label, value, points=13, end=None):
        """A printed label, a value in bold over a dotted line."""
        self.text(x, y, label, points)
        start = x + self.width_of(label + " ", points)
        self.text(start, y, value, points, "Bold")
        if end:
            at, base = start + self.width_of(value, points, "Bold") + 1, y + points * 0.36
            while at < end:
                self.draw.ellipse([at * MM - 1, base * MM - 1, at * MM + 1, base * MM + 1], fill=(90, 90, 90))
                at += 1.1

    def paragraph(self, x, y, right, string, points=13, style="Regular", indent=10, lead=1.32):
        """Justified lines; returns where the next one would start."""
        space = self.width_of(" ", points, style)
        rows, row, room = [], [], right - x - indent
        for word in string.split():
            if row and sum(self.width_of(w, points, style) + space for w in row) + self.width_of(word, points, style) > room:
                rows.append(row)
                row, room = [], right - x
            row.append(word)
        rows.append(row)
        for i, row in enumerate(rows):
            left = x + (indent if i == 0 else 0)
            used = sum(self.width_of(w, points, style) for w in row)
            gap = space if i == len(rows) - 1 or len(row) < 2 else (right - left - used) / (len(row) - 1)
            for word in row:
                self.text(left, y, word, points, style)
                left += self.width_of(word, points, style) + gap
            y += points * lead * 25.4 / 72
        return y + 1.2

    def motto(self, x, y, points=12.5):
        self.text(x, y, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", points, "Bold", "ma")
        self.text(x, y + points * 0.47, "Độc lập - Tự do - Hạnh phúc", points + 0.8, "Bold", "ma")
        half = self.width_of("Độc lập - Tự do - Hạnh phúc", points + 0.8, "Bold") / 2
        self.line(x - half, y + points * 0.98, x + half, y + points * 0.98, 0.3)

    def fictitious(self, x, y):
        self.text(x, y, "MẪU TẬP HUẤN – GIẤY TỜ HƯ CẤU, KHÔNG CÓ GIÁ TRỊ", 8.5, "Bold", "ma", (150, 60, 60), "Arimo")

    def stain(self, layer, colour):
        """Lays ink on the paper: multiplies, so print shows through."""
        alpha = np.asarray(layer, np.float32)[..., None] / 255
        page = np.asarray(self.image, np.float32)
        ink = np.array(colour, np.float32) / 255
        self.image = Image.fromarray((page * (1 - alpha * (1 - ink))).clip(0, 255).astype(np.uint8))
        self.draw = ImageDraw.Draw(self.image)

    def seal(self, x, y, around, radius=18, turn=-8):
        """A round red seal: two rings, a star, words around; pressed unevenly."""
        size = round(2.3 * radius * MM)
        layer = Image.new("L", (size, size), 0)
        draw, c = ImageDraw.Draw(layer), size / 2
        for r, w in ((radius, 0.75), (radius - 1.4, 0.25), (radius * 0.60, 0.3)):
            draw.ellipse([c - r * MM, c - r * MM, c + r * MM, c + r * MM], outline=255, width=round(w * MM))
        star = [(c + radius * (0.34 if k % 2 == 0 else 0.14) * MM * math.sin(k * math.pi / 5),
                 c - radius * (0.34 if k % 2 == 0 else 0.14) * MM * math.cos(k * math.pi / 5)) for k in range(10)]
        draw.polygon(star, fill=255)
        font = self.font(radius * 0.48, "Bold", "Arimo")
        span = math.radians(330)
        for k, letter in enumerate(around):
            angle = -span / 2 + span * (k + 0.5) / len(around)
            tile = Image.new("L", (round(7 * MM), round(7 * MM)), 0)
            ImageDraw.Draw(tile).text((3.5 * MM, 3.5 * MM), letter, font=font, fill=255, anchor="mm")
            tile = tile.rotate(-math.degrees(angle), Image.BICUBIC)
            r = radius * 0.775 * MM
            at = (round(c + r * math.sin(angle) - tile.width / 2), round(c - r * math.cos(angle) - tile.height / 2))
            layer.paste(255, at, tile)
        layer = layer.rotate(turn, Image.BICUBIC)
        uneven = smooth_noise(self.rng, size, size, 90) * 0.28 + smooth_noise(self.rng, size, size, 9) * 0.22
        pressed = np.asarray(layer, np.float32) * (0.80 + uneven).clip(0.25, 0.95)
        full = Image.new("L", self.image.size, 0)
        full.paste(Image.fromarray(pressed.astype(np.uint8)), (round(x * MM - c), round(y * MM - c)))
        self.stain(full, (205, 22, 40))

    def signature(self, x, y, width, seed, colour=BLUE):
        """A quick pen stroke: a few loops and a tail."""
        rng = np.random.default_rng(seed)
        knots = [(0, 0)]
        for k in range(7):
            knots.append((width * (0.10 + 0.105 * k + rng.uniform(-0.05, 0.03)), rng.uniform(-6.5, 4.5) * (1 if k % 2 else -1)))
        knots += [(width * 0.80, 3), (width * 0.30, 5.5), (width * 1.05, 1.0)]
        points = np.array(knots)
        layer = Image.new("L", self.image.size, 0)
        draw, previous = ImageDraw.Draw(layer), None
        for i in range(len(points) - 1):
            p0, p1, p2, p3 = (points[min(max(i + k, 0), len(points) - 1)] for k in (-1, 0, 1, 2))
            for t in np.linspace(0, 1, 60):
                p = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
                at = ((x + p[0]) * MM, (y + p[1]) * MM)
                if previous:
                    speed = math.dist(at, previous)
                    draw.line([previous, at], fill=235, width=max(4, round(9 - 0.35 * speed)))
                previous = at
        self.stain(layer.resize(layer.size), colour)

    def guilloche(self, colour, strength=0.16, step=6.0):
        """Fine waves all over, as on printed certificates."""
        h, w = self.image.height, self.image.width
        y, x = np.mgrid[0:h, 0:w].astype(np.float32) / MM
        waves = np.zeros((h, w), np.float32)
        for k in range(3):
            waves += (np.abs(np.sin((y + 2.2 * np.sin(x / (5 + k) + k)) * math.pi / step * (1 + 0.11 * k))) > 0.965)
        self.stain(Image.fromarray((waves.clip(0, 1) * 255 * strength).astype(np.uint8)), colour)

    def ornate_border(self, colour, margin=8, thickness=8):
        """A printed frame with scrolls."""
        w, h = self.width, self.height
        for inset, line in ((margin, 0.9), (margin + 1.6, 0.25), (margin + thickness - 1.4, 0.25), (margin + thickness, 0.6)):
            self.box(inset, inset, w - inset, h - inset, line, colour)
        middle, step = margin + thickness / 2, 5.4
        for length, across in ((w, True), (h, False)):
            count = round((length - 2 * margin - thickness) / step)
            for k in range(count + 1):
                along = margin + thickness / 2 + (length - 2 * margin - thickness) * k / count
                for edge in (middle, (h if across else w) - middle):
                    cx, cy = (along, edge) if across else (edge, along)
                    for r in (2.0, 1.1):
                        self.draw.ellipse([(cx - r) * MM, (cy - r) * MM, (cx + r) * MM, (cy + r) * MM], outline=colour, width=4)
                    self.draw.ellipse([(cx - 0.45) * MM, (cy - 0.45) * MM, (cx + 0.45) * MM, (cy + 0.45) * MM], fill=colour)


def smooth_noise(rng, height, width, size):
    """Noise of about -1..1 with blobs of `size` pixels."""
    small = rng.standard_normal((height // size + 3, width // size + 3)).astype(np.float32)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) * 0.5


# ---------------------------------------------------------------- the papers

def birth_extract():
    p = Paper(210, 297, (252, 251, 246), 11)
    p.fictitious(105, 9)
    p.text(58, 20, "ỦY BAN NHÂN DÂN", 12.5, "Bold", "ma")
    p.text(58, 26, "XÃ SÔNG MẪU", 12.5, "Bold", "ma")
    p.line(47, 32.6, 69, 32.6, 0.3)
    p.text(58, 35, "Số: 12/TLKS-BS", 12, anchor="ma")
    p.motto(143, 20)
    p.text(143, 35, "Sông Mẫu, ngày 05 tháng 3 năm 2024", 12, "Italic", "ma")
    p.text(105, 52, "TRÍCH LỤC KHAI SINH", 20, "Bold", "ma", RED)
    p.text(105, 61, "(BẢN SAO)", 13, "Bold", "ma")
    rows = [
        ("Họ, chữ đệm, tên:", "NGUYỄN THỊ TẬP HUẤN"), ("Ngày, tháng, năm sinh:", "14/02/2003"),
        ("Ghi bằng chữ:", "Ngày mười bốn tháng hai năm hai nghìn lẻ ba"),
        ("Giới tính:", "Nữ          Dân tộc: Kinh          Quốc tịch: Việt Nam"),
        ("Nơi sinh:", "Trạm Y tế xã Sông Mẫu, tỉnh Tập Huấn"), ("Quê quán:", "Xã Sông Mẫu, tỉnh Tập Huấn"),
        ("Số định danh cá nhân:", "000 303 000 014"),
        ("Họ, chữ đệm, tên người mẹ:", "TRẦN THỊ VÍ DỤ"), ("Năm sinh:", "1978     Dân tộc: Kinh     Quốc tịch: Việt Nam"),
        ("Nơi cư trú:", "Thôn Mẫu Một, xã Sông Mẫu, tỉnh Tập Huấn"),
        ("Họ, chữ đệm, tên người cha:", "NGUYỄN VĂN MINH HỌA"), ("Năm sinh:", "1975     Dân tộc: Kinh     Quốc tịch: Việt Nam"),
        ("Nơi cư trú:", "Thôn Mẫu Một, xã Sông Mẫu, tỉnh Tập Huấn"),
    ]
    y = 74
    for label, value in rows:
        p.field(25, y, label, value, 13, 190)
        y += 9.1
    y = p.paragraph(25, y + 2, 190, "Đăng ký khai sinh tại Ủy ban nhân dân xã Sông Mẫu, tỉnh Tập Huấn. Số 08, ngày 28 tháng 02 năm 2003.", indent=0)
    p.paragraph(25, y, 190, "Ghi chú: Trích lục này được lập để tập huấn nghiệp vụ chứng thực; mọi tên người, địa danh và con số đều do người soạn đặt ra.", 12, "Italic", 0)
    p.text(145, 224, "NGƯỜI KÝ TRÍCH LỤC", 13, "Bold", "ma")
    p.text(145, 230, "CHỦ TỊCH", 13, "Bold", "ma")
    p.text(145, 264, "Lê Văn Thí Dụ", 13.5, "Bold", "ma")
    p.signature(128, 249, 34, 5)
    p.seal(128, 246, "ỦY BAN NHÂN DÂN XÃ SÔNG MẪU ★ TẬP HUẤN ")
    return p


def diploma():
    p = Paper(297, 210, (250, 243, 226), 12)
    p.guilloche((214, 150, 120), 0.22)
    p.ornate_border((176, 52, 46))
    p.fictitious(148.5, 19)
    p.motto(148.5, 26, 14)
    p.text(148.5, 47, "GIÁM ĐỐC SỞ GIÁO DỤC VÀ ĐÀO TẠO TỈNH TẬP HUẤN", 14, "Bold", "ma")
    p.text(148.5, 56, "cấp", 13, "Italic", "ma")
    p.text(148.5, 65, "BẰNG TỐT NGHIỆP", 32, "Bold", "ma", RED)
    p.text(148.5, 80, "TRUNG HỌC PHỔ THÔNG", 24, "Bold", "ma", RED)
    rows = [("Cho:", "PHẠM QUANG MẪU"), ("Ngày sinh:", "09/9/2005          Nơi sinh: Tỉnh Tập Huấn"),
            ("Giới tính:", "Nam          Dân tộc: Kinh"), ("Học sinh trường:", "THPT Sông Mẫu"),
            ("Khóa thi:", "Tháng 6 năm 2023          Hội đồng thi: Sở GD&ĐT tỉnh Tập Huấn")]
    for k, (label, value) in enumerate(rows):
        p.field(62, 98 + 9 * k, label, value, 14.5, 250)
    p.text(205, 147, "Tập Huấn, ngày 20 tháng 7 năm 2023", 13, "Italic", "ma")
    p.text(205, 153.5, "GIÁM ĐỐC", 13.5, "Bold", "ma")
    p.text(205, 183, "Hoàng Thị Minh Chứng", 13.5, "Bold", "ma")
    p.text(28, 172, "Số hiệu: A 00000123", 12.5, "Bold", fill=RED)
    p.text(28, 179, "Số vào sổ cấp bằng: 0123/THPT-2023", 12.5)
    # A blank where the photograph of the holder would be.
    p.box(28, 104, 54, 139, 0.3, (120, 110, 100), (232, 226, 214))
    p.text(41, 117, "Ảnh", 11, "Italic", "ma", (120, 110, 100))
    p.text(41, 122, "3 × 4", 11, "Italic", "ma", (120, 110, 100))
    p.signature(188, 173, 36, 21)
    p.seal(187, 169, "SỞ GIÁO DỤC VÀ ĐÀO TẠO ★ TỈNH TẬP HUẤN ", turn=11)
    p.seal(52, 137, "SỞ GIÁO DỤC VÀ ĐÀO TẠO ★ TẬP HUẤN ", 11, 20)
    return p


def marriage():
    p = Paper(297, 210, (250, 232, 232), 13)
    p.guilloche((224, 120, 140), 0.20, 5.0)
    p.ornate_border((188, 60, 84), 7, 7)
    p.fictitious(148.5, 17)
    p.motto(148.5, 23, 13.5)
    p.text(24, 24, "UBND XÃ SÔNG MẪU", 12, "Bold")
    p.text(24, 30, "TỈNH TẬP HUẤN", 12, "Bold")
    p.text(273, 24, "Số: 27/2022", 12.5, "Bold", "ra", RED)
    p.text(148.5, 44, "GIẤY CHỨNG NHẬN KẾT HÔN", 26, "Bold", "ma", RED)
    p.line(148.5, 62, 148.5, 138, 0.25, (188, 60, 84))
    columns = [(24, 144, "chồng", ["VÕ THANH MẪU", "11/11/1996", "Kinh          Quốc tịch: Việt Nam", "Thôn Mẫu Hai, xã Sông Mẫu",
                                   "Thẻ căn cước số 000 096 000 111"]),
               (153, 273, "vợ", ["ĐẶNG THỊ VÍ DỤ", "03/5/1998", "Kinh          Quốc tịch: Việt Nam", "Thôn Mẫu Ba, xã Sông Mẫu",
                                "Thẻ căn cước số 000 198 000 222"])]
    labels = ["Ngày, tháng, năm sinh:", "Dân tộc:", "Nơi cư trú:", "Giấy tờ tùy thân:"]
    for x, right, who, values in columns:
        p.text(x, 63, f"Họ, chữ đệm, tên {who}:", 13)
        p.text((x + right) / 2, 71, values[0], 16, "Bold", "ma")
        for k, label in enumerate(labels):
            p.field(x, 84 + 10 * k, label, values[k + 1], 12.5, right)
        p.text((x + right) / 2, 124, f"Chữ ký của người {who}", 12, "Italic", "ma")
    p.signature(66, 134, 28, 41)
    p.signature(196, 134, 28, 58)
    p.text(24, 145, "Nơi đăng ký kết hôn: Ủy ban nhân dân xã Sông Mẫu, tỉnh Tập Huấn", 13)
    p.text(24, 153, "Ngày, tháng, năm đăng ký: 20/10/2022", 13)
    p.text(205, 150, "NGƯỜI KÝ GIẤY CHỨNG NHẬN KẾT HÔN", 12.5, "Bold", "ma")
    p.text(205, 156, "CHỦ TỊCH", 12.5, "Bold", "ma")
    p.text(205, 186, "Lê Văn Thí Dụ", 13, "Bold", "ma")
    p.signature(190, 175, 34, 5)
    p.seal(188, 172, "ỦY BAN NHÂN DÂN XÃ SÔNG MẪU ★ TẬP HUẤN ", turn=4)
    return p


def licence():
    p = Paper(85.6, 53.98, (243, 226, 196), 14)
    p.guilloche((232, 160, 90), 0.35, 2.2)
    p.box(0, 0, 85.6, 8.6, 0.1, (214, 120, 40), (238, 178, 108))
    a = "Arimo"
    p.text(42.8, 0.9, "GIẤY PHÉP LÁI XE – MẪU TẬP HUẤN", 8.6, "Bold", "ma", RED, a)
    p.text(42.8, 5.0, "DRIVING LICENCE – FICTITIOUS SPECIMEN", 5.6, "Bold", "ma", INK, a)
    p.box(3.5, 11.5, 24.5, 39.5, 0.2, (120, 110, 100), (214, 222, 230))
    d, m = p.draw, MM  # a drawn figure instead of a face
    d.ellipse([10.3 * m, 15.5 * m, 17.7 * m, 25.5 * m], fill=(150, 160, 174))
    d.pieslice([6.0 * m, 26.5 * m, 22.0 * m, 51 * m], 180, 360, fill=(150, 160, 174))
    rows = [("Số/No:", "000 123 456 789"), ("Họ tên/Full name:", "BÙI VĂN GIẢ ĐỊNH"), ("Ngày sinh/Date of birth:", "30/4/1990"),
            ("Quốc tịch/Nationality:", "VIỆT NAM"), ("Nơi cư trú/Address:", "Xã Sông Mẫu, tỉnh Tập Huấn")]
    for k, (label, value) in enumerate(rows):
        p.text(27.5, 11.2 + 4.7 * k, label, 5.8, fill=(80, 70, 60), family=a)
        big = k == 0
        p.text(27.5 + p.width_of(label + " ", 5.8, family=a), 10.9 + 4.7 * k, value, 7.6 if big else 6.6, "Bold", fill=RED if big else INK, family=a)
    p.text(60, 35.2, "Tập Huấn, ngày 01/8/2023", 5.6, "Italic", "ma", INK, a)
    p.text(60, 38.0, "GIÁM ĐỐC", 5.8, "Bold", "ma", INK, a)
    p.text(60, 48.4, "Trần Văn Thử", 6.2, "Bold", "ma", INK, a)
    p.text(3.5, 42.5, "Hạng/Class:", 6.2, fill=INK, family=a)
    p.text(18.0, 41.2, "B2", 11, "Bold", fill=RED, family=a)
    p.text(3.5, 48.0, "Có giá trị đến: 01/8/2033", 5.8, fill=INK, family=a)
    p.signature(53, 44.6, 13, 77)
    p.seal(53, 43.4, "SỞ GIAO THÔNG TẬP HUẤN ★ ", 6.2, 6)
    return p


def decision(page):
    p = Paper(210, 297, (252, 252, 250), 15 + page)
    p.fictitious(105, 9)
    if page == 1:
        p.text(58, 20, "ỦY BAN NHÂN DÂN", 13, "Bold", "ma")
        p.text(58, 26, "XÃ SÔNG MẪU", 13, "Bold", "ma")
        p.line(47, 32.6, 69, 32.6, 0.3)
        p.text(58, 35, "Số: 45/QĐ-UBND", 13, anchor="ma")
        p.motto(141, 20, 12.5)
        p.text(141, 35, "Sông Mẫu, ngày 12 tháng 01 năm 2026", 13, "Italic", "ma")
        p.text(105, 52, "QUYẾT ĐỊNH", 15, "Bold", "ma")
        p.text(105, 60, "Về việc kiện toàn Tổ hỗ trợ thủ tục hành chính", 14, "Bold", "ma")
        p.text(105, 66.5, "tại Trung tâm Phục vụ hành chính công xã Sông Mẫu", 14, "Bold", "ma")
        p.line(90, 74.5, 120, 74.5, 0.3)
        p.text(105, 80, "CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ SÔNG MẪU", 14, "Bold", "ma")
        y = 91
        for basis in ["Căn cứ Luật Tổ chức chính quyền địa phương;",
                      "Căn cứ Nghị định của Chính phủ về thực hiện thủ tục hành chính theo cơ chế một cửa, một cửa liên thông;",
                      "Căn cứ tình hình thực tế tiếp nhận hồ sơ của công dân trên địa bàn xã;",
                      "Theo đề nghị của Giám đốc Trung tâm Phục vụ hành chính công xã."]:
            y = p.paragraph(28, y, 192, basis, 14, "Italic", lead=1.5) + 1.2
        p.text(105, y + 3, "QUYẾT ĐỊNH:", 14, "Bold", "ma")
        y += 13
        for article in ["Điều 1. Kiện toàn Tổ hỗ trợ thủ tục hành chính tại Trung tâm Phục vụ hành chính công xã Sông Mẫu gồm năm thành viên, do bà Nguyễn Thị Tập Huấn làm Tổ trưởng.",
                        "Điều 2. Tổ có nhiệm vụ hướng dẫn công dân kê khai hồ sơ, số hóa giấy tờ, chứng thực bản sao điện tử từ bản chính và theo dõi việc trả kết quả đúng hạn; mỗi ngày làm việc có ít nhất hai thành viên trực tại quầy tiếp nhận.",
                        "Điều 3. Kinh phí hoạt động của Tổ được bảo đảm từ nguồn chi thường xuyên của xã theo quy định hiện hành."]:
            y = p.paragraph(28, y, 192, article, 14, lead=1.5) + 1.2
    else:
        p.text(105, 17, "2", 13, anchor="ma")
        y = 28
        for article in ["Điều 4. Tổ trưởng phân công nhiệm vụ cho từng thành viên, tổng hợp kết quả và báo cáo Chủ tịch Ủy ban nhân dân xã trước ngày 25 hằng tháng.",
                        "Điều 5. Quyết định này có hiệu lực kể từ ngày ký và thay thế các quyết định trước đây về cùng nội dung.",
                        "Điều 6. Chánh Văn phòng, Giám đốc Trung tâm Phục vụ hành chính công, các bộ phận có liên quan và các thành viên có tên tại Điều 1 chịu trách nhiệm thi hành Quyết định này./."]:
            y = p.paragraph(28, y, 192, article, 14, lead=1.5) + 1.2
        y += 5
        head = ["STT", "Họ và tên", "Nhiệm vụ", "Điện thoại"]
        edges = [28, 42, 96, 156, 192]
        rows = [head, ["1", "Nguyễn Thị Tập Huấn", "Tổ trưởng", "0000 000 001"], ["2", "Phạm Quang Mẫu", "Tiếp nhận hồ sơ", "0000 000 002"],
                ["3", "Đặng Thị Ví Dụ", "Chứng thực", "0000 000 003"], ["4", "Võ Thanh Mẫu", "Số hóa, lưu trữ", "0000 000 004"],
                ["5", "Bùi Văn Giả Định", "Trả kết quả", "0000 000 005"]]
        for k, row in enumerate(rows):
            for j, cell in enumerate(row):
                p.box(edges[j], y, edges[j + 1], y + 8.5, 0.22)
                p.text((edges[j] + edges[j + 1]) / 2, y + 1.7, cell, 12.5, "Bold" if k == 0 else "Regular", "ma")
            y += 8.5
        y += 12
        p.text(28, y, "Nơi nhận:", 12, "BoldItalic")
        for k, receiver in enumerate(["- Như Điều 6;", "- Thường trực Đảng ủy xã;", "- Thường trực HĐND xã;", "- Lưu: VT."]):
            p.text(28, y + 6 + 5 * k, receiver, 11)
        p.text(145, y, "CHỦ TỊCH", 14, "Bold", "ma")
        p.text(145, y + 40, "Lê Văn Thí Dụ", 14, "Bold", "ma")
        p.signature(130, y + 24, 36, 5)
        p.seal(128, y + 21, "ỦY BAN NHÂN DÂN XÃ SÔNG MẪU ★ TẬP HUẤN ", turn=-3)
    return p


# ---------------------------------------------------------------- tables (colour 0..1, seen from straight above)

def wood(rng, h, w, base=(0.56, 0.38, 0.24), planks=4, contrast=1.0):
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    out = np.zeros((h, w), np.float32)
    plank = w / planks
    for k in range(planks):
        part = slice(round(k * plank), round((k + 1) * plank))
        wobble = smooth_noise(rng, h, w, 500)[:, part] * 60 + smooth_noise(rng, h, w, 160)[:, part] * 12
        rings = np.sin((x[:, part] + wobble + 40 * np.sin(y[:, part] / 900 + k)) / rng.uniform(13, 19))
        fine = cv2.GaussianBlur(rng.standard_normal((h, rings.shape[1])).astype(np.float32), (1, 61), 0, sigmaY=24) * 2.0
        out[:, part] = 0.055 * rings + 0.07 * fine + rng.uniform(-0.05, 0.05)
        out[:, part][:, :3] -= 0.22
    shade = 1 + contrast * (out + 0.03 * smooth_noise(rng, h, w, 300))
    return np.array(base, np.float32) * shade[..., None]


def laminate(rng, h, w, base=(0.47, 0.49, 0.51)):
    speckle = cv2.GaussianBlur(rng.standard_normal((h, w)).astype(np.float32), (0, 0), 1.6) * 0.16
    shade = 1 + speckle + 0.03 * smooth_noise(rng, h, w, 240)
    return np.array(base, np.float32) * shade[..., None]


def near_white(rng, h, w):
    shade = 1 + 0.006 * smooth_noise(rng, h, w, 120) + 0.012 * smooth_noise(rng, h, w, 600)
    return np.array((0.80, 0.795, 0.775), np.float32) * shade[..., None]


def cloth(rng, h, w):
    """A checked tablecloth with a weave."""
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    bend = smooth_noise(rng, h, w, 700) * 14
    a = (np.sin((x + bend) * 2 * math.pi / 260) > 0).astype(np.float32)
    b = (np.sin((y - bend) * 2 * math.pi / 260) > 0).astype(np.float32)
    amount = cv2.GaussianBlur((a + b) / 2, (0, 0), 2)
    weave = 1 + 0.05 * np.sin(x * 1.05) * np.sin(y * 1.05) + 0.03 * smooth_noise(rng, h, w, 6)
    light, dark = np.array((0.78, 0.80, 0.76), np.float32), np.array((0.20, 0.36, 0.42), np.float32)
    return (light * (1 - amount[..., None]) + dark * amount[..., None]) * weave[..., None]


# ---------------------------------------------------------------- the photograph

def camera(size, paper, fill, pitch, yaw, roll, focal=0.82, shift=(0, 0)):
    """The homography from flat paper pixels to photograph pixels: a pinhole above the desk, looking nearly down."""
    width, height = size
    f = focal * max(size)
    a, b, c = (math.radians(v) for v in (pitch, yaw, roll))
    rx = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    ry = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    rz = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    r = rx @ ry @ rz
    pw, ph = paper
    distance = f * max(pw / (width * fill), ph / (height * fill))
    k = np.array([[f, 0, (width - 1) / 2 + shift[0]], [0, f, (height - 1) / 2 + shift[1]], [0, 0, 1]])
    plane = np.column_stack([r[:, 0], r[:, 1], [0, 0, distance]])
    to_mm = np.array([[1 / MM, 0, 0.5 / MM - pw / 2], [0, 1 / MM, 0.5 / MM - ph / 2], [0, 0, 1]])
    return k @ plane @ to_mm, k @ plane


def photograph(name, paper, table, size, pose, *, seed, light=(0.25, -0.3), staple=False, folds=(), radius=0.0, quality=80,
               exif=None, shadow=0.45, warmth=(1.03, 1.0, 0.95), exposure=0.93):
    rng = np.random.default_rng(seed)
    width, height = size
    to_photo, plane = camera(size, (paper.width, paper.height), **pose)
    page = np.asarray(paper.image, np.float32) / 255
    h, w = page.shape[:2]
    if staple:
        page = page.copy()
        cv2.line(page, (round(9 * MM), round(13 * MM)), (round(17 * MM), round(8 * MM)), (0.55, 0.55, 0.58), 9, cv2.LINE_AA)
        cv2.line(page, (round(9 * MM), round(13 * MM) - 3), (round(17 * MM), round(8 * MM) - 3), (0.86, 0.86, 0.88), 3, cv2.LINE_AA)
    # Paper is never quite flat: a slow swell, and a crease at each fold.
    relief = 1 + 0.018 * smooth_noise(rng, h, w, 900)
    rows = np.arange(h, dtype=np.float32)[:, None] / MM
    for fold in folds:
        off = rows - fold
        relief = relief * (1 + 0.05 * np.sign(off) * np.exp(-np.abs(off) / 5.0) - 0.10 * np.exp(-(off / 0.35) ** 2))
    page = page * 0.93 * relief[..., None]
    mask = np.ones((h, w), np.float32)
    if radius:
        mask = np.zeros((h, w), np.uint8)
        r = round(radius * MM)
        cv2.rectangle(mask, (r, 0), (w - 1 - r, h - 1), 255, -1)
        cv2.rectangle(mask, (0, r), (w - 1, h - 1 - r), 255, -1)
        for cx, cy in ((r, r), (w - 1 - r, r), (r, h - 1 - r), (w - 1 - r, h - 1 - r)):
            cv2.circle(mask, (cx, cy), r, 255, -1)
        mask = mask.astype(np.float32) / 255
    # Averaged before it is made smaller, as a lens and a sensor do.
    scale = cv2.perspectiveTransform(np.float32([[[0, 0], [w, 0]]]), to_photo)[0]
    shrink = w / np.linalg.norm(scale[1] - scale[0])
    page = cv2.GaussianBlur(page, (0, 0), max(0.3, 0.45 * shrink))
    border = 4  # so that the paper's edge is mixed with the table, not cut in steps
    page = cv2.copyMakeBorder(page, border, border, border, border, cv2.BORDER_REPLICATE)
    mask = cv2.copyMakeBorder(mask, border, border, border, border, cv2.BORDER_CONSTANT, value=0)
    move = to_photo @ np.array([[1, 0, -border], [0, 1, -border], [0, 0, 1]])
    big = (width, height)
    page = cv2.warpPerspective(page, move, big, flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(mask, move, big, flags=cv2.INTER_LINEAR)
    # The table is seen through the same camera: 4 pixels a millimetre, larger than the view.
    span = 2.3 * max(paper.width, paper.height) + (40 if radius else 0)
    dots = 3200 / span
    flat = table(rng, 3200, 3200)
    on_desk = plane @ np.array([[1 / dots, 0, -span / 2], [0, 1 / dots, -span / 2], [0, 0, 1]])
    scene = cv2.warpPerspective(flat, on_desk, big, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    # Shadows: a soft one away from the light and a thin one of the paper's own thickness.
    per_mm = 1 / shrink * MM
    def cast(distance, blur):
        moved = np.float32([[1, 0, -light[0] * distance * per_mm], [0, 1, -light[1] * distance * per_mm]])
        return cv2.GaussianBlur(cv2.warpAffine(mask, moved, big), (0, 0), blur * per_mm)
    dark = 1 - shadow * (0.55 * cast(9, 3.0) + 0.45 * cast(2.0, 0.55)).clip(0, 1) * 0.75
    scene = scene * dark[..., None]
    image = page * mask[..., None] + scene * (1 - mask[..., None])
    # Light falls off across the desk and towards the corners of the lens.
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width - 0.5, y / height - 0.5
    fall = (1 + 0.55 * (light[0] * u + light[1] * v)) * (1 - 0.22 * (u * u + v * v) * 2)
    fall *= 1 + 0.015 * smooth_noise(rng, height, width, 1100)
    image = image * fall[..., None] * np.array(warmth, np.float32) * exposure
    image = cv2.GaussianBlur(image, (0, 0), 0.75)
    # Sensor: shot noise grows with light, colour noise is coarse.
    image = image + rng.standard_normal(image.shape[:2] + (1,)).astype(np.float32) * (0.006 + 0.006 * np.sqrt(image.clip(0, 1)))
    for c in range(3):
        image[..., c] += 0.004 * cv2.resize(rng.standard_normal((height // 3 + 1, width // 3 + 1)).astype(np.float32), big, interpolation=cv2.INTER_LINEAR)
    photo = Image.fromarray((image.clip(0, 1) * 255 + 0.5).astype(np.uint8))
    corners = np.float32([[[-0.5, -0.5], [w - 0.5, -0.5], [w - 0.5, h - 0.5], [-0.5, h - 0.5]]])
    corners = cv2.perspectiveTransform(corners, to_photo)[0].round(2).tolist()
    truth = {"quad": corners, "width": width, "height": height, "mm": [paper.width, paper.height]}
    options = {"quality": quality, "subsampling": 2, "optimize": True}
    if exif == 6:  # the phone was held upright: stored lying on its side, to be turned a quarter clockwise
        photo = photo.transpose(Image.ROTATE_90)
        tags = Image.Exif()
        tags[0x0112] = 6
        options["exif"] = tags
    target = folder / name
    photo.save(target, **options)
    print(f"{name}: {target.stat().st_size // 1024} KB")
    return {name: truth}


folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
TALL, WIDE = (2448, 3264), (3264, 2448)


def main():
    truth = {}
    truth |= photograph("01-trich-luc-khai-sinh.jpg", birth_extract(), wood, TALL, dict(fill=0.87, pitch=6, yaw=-3, roll=1.6, shift=(10, 30)),
                        seed=1, folds=(148.5,), light=(-0.35, -0.30))
    truth |= photograph("02-bang-tot-nghiep-thpt.jpg", diploma(), laminate, WIDE, dict(fill=0.87, pitch=-5, yaw=3.5, roll=-2.2, shift=(-25, 10)),
                        seed=2, light=(0.30, -0.35), warmth=(1.0, 1.0, 0.99))
    truth |= photograph("03-chung-nhan-ket-hon.jpg", marriage(), near_white, WIDE, dict(fill=0.87, pitch=4.5, yaw=4, roll=1.1, shift=(-20, 15)),
                        seed=3, light=(0.40, -0.25), shadow=0.35, warmth=(1.02, 1.0, 0.97))
    truth |= photograph("04-giay-phep-lai-xe.jpg", licence(), cloth, WIDE, dict(fill=0.62, pitch=8, yaw=-6, roll=5.0, shift=(40, -30)),
                        seed=4, radius=3.18, light=(-0.3, -0.35), warmth=(1.02, 1.0, 0.96), quality=82)
    truth |= photograph("05-quyet-dinh-trang-1.jpg", decision(1), lambda r, h, w: wood(r, h, w, (0.34, 0.22, 0.15), 3, 1.3), TALL,
                        dict(fill=0.86, pitch=6.5, yaw=2, roll=-1.8, shift=(0, 40)), seed=5, exif=6, staple=True, light=(0.35, -0.25), exposure=0.95)
    truth |= photograph("06-quyet-dinh-trang-2.jpg", decision(2), lambda r, h, w: wood(r, h, w, (0.34, 0.22, 0.15), 3, 1.3), TALL,
                        dict(fill=0.87, pitch=6, yaw=-2, roll=0.9, shift=(-12, 30)), seed=6, light=(0.35, -0.25), exposure=0.95)
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")


if __name__ == "__main__":
    main()
