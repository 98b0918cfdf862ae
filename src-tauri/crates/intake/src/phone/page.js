// Sends pictures one after the other, as they are; the desk decodes and judges them.
const words = {
  saved: 'đã đến bàn tiếp nhận',
  cut_off: 'ảnh bị cắt cụt, vui lòng chụp lại',
  not_a_picture: 'không phải ảnh đọc được (cần JPEG hoặc PNG)',
  too_large: 'ảnh quá lớn',
  no_room: 'hồ sơ đã đủ số trang',
  later: 'bàn tiếp nhận đang bận, vui lòng gửi lại',
  gone: 'địa chỉ đã hết hiệu lực, vui lòng đề nghị mở mã mới',
  away: 'không đến được bàn tiếp nhận, vui lòng kiểm tra Wi-Fi của cơ quan'
};
const state = document.getElementById('state');
const sent = document.getElementById('sent');
let line = Promise.resolve();
let waiting = 0;

async function send(file) {
  try {
    const answer = await fetch('/picture', { method: 'POST', body: file });
    if (answer.status === 410) return 'gone';
    if (answer.status === 413) return 'too_large';
    return (await answer.json()).taken;
  } catch {
    return 'away';
  }
}

function show() {
  state.textContent = waiting ? `Đang gửi ${waiting} ảnh…` : '';
}

for (const id of ['shoot', 'choose']) {
  const input = document.getElementById(id);
  input.addEventListener('change', () => {
    for (const file of [...input.files]) {
      waiting += 1;
      show();
      line = line.then(async () => {
        const taken = await send(file);
        const item = document.createElement('li');
        item.textContent = `Ảnh: ${words[taken] ?? words.later}`;
        item.dataset.taken = taken;
        if (taken !== 'saved') item.className = 'bad';
        sent.append(item);
        waiting -= 1;
        show();
      });
    }
    input.value = '';
  });
}
