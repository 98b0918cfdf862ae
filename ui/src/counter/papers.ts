/** Papers most often brought to a commune's desk, offered while the name is typed. Register text: always Vietnamese. */
export const commonPapers: readonly string[] = [
  'Bằng tốt nghiệp trung học cơ sở',
  'Bằng tốt nghiệp trung học phổ thông',
  'Bằng tốt nghiệp đại học',
  'Bảng điểm',
  'Chứng chỉ ngoại ngữ',
  'Chứng chỉ tin học',
  'Giấy chứng nhận đăng ký hộ kinh doanh',
  'Giấy chứng nhận đăng ký xe',
  'Giấy chứng nhận kết hôn',
  'Giấy chứng nhận quyền sử dụng đất',
  'Giấy chứng tử',
  'Giấy khai sinh',
  'Giấy phép lái xe',
  'Giấy xác nhận tình trạng hôn nhân',
  'Hộ chiếu',
  'Hợp đồng lao động',
  'Học bạ',
  'Quyết định nghỉ hưu',
  'Sổ bảo hiểm xã hội',
  'Thẻ bảo hiểm y tế',
  'Thẻ căn cước'
];
